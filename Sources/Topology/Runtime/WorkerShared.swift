public import StreamCore
import Synchronization

/// What a task is doing, for people.
public struct TaskStatus: Sendable, Hashable {
    /// The phases of a task on a worker.
    public enum Phase: String, Sendable, Hashable {
        /// Not taken over yet.
        case waiting
        /// Its stores are catching up with their changelogs.
        case restoring
        /// It processes records.
        case running
        /// Another instance runs it; this one keeps a copy of its stores.
        case standby
    }

    /// The task.
    public let task: TaskID
    /// What it does.
    public let phase: Phase
    /// How many changelog entries it has still to restore; of a standby, how far it is behind.
    public let remaining: Int64
    /// Since when it does just this: a restore that goes on is new with each piece; unknown of a standby.
    public let since: Timestamp
    /// How often in a row it failed or could not reach the log.
    public let failures: Int
    /// Why it failed last; nil since its last commit.
    public let error: String?

    init(
        task: TaskID, phase: Phase, remaining: Int64, since: Timestamp = .unknown, failures: Int = 0,
        error: String? = nil
    ) {
        self.task = task
        self.phase = phase
        self.remaining = remaining
        self.since = since
        self.failures = failures
        self.error = error
    }
}

/// What a worker and the rest of its instance tell each other, behind one lock.
final class WorkerShared: Sendable {
    enum Command: Sendable {
        case assign(TaskID)
        case release([TaskID], isLost: Bool, done: @Sendable () -> Void)
    }

    struct Report: Sendable {
        var isIdle = false
        var tasks: [TaskStatus] = []
        /// How far the running ones are.
        var progress: [TaskID: TaskProgress] = [:]
        /// When it last went round.
        var beat = Timestamp.unknown
        /// Counts the rounds that did something.
        var rounds: UInt64 = 0
    }

    private struct State {
        var commands: [Command] = []
        var isStopping = false
        var report = Report()
        var failure: (any Error)?
        var wake: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())

    func setWake(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    func send(_ command: Command) {
        let wake = state.withLock { state in
            state.commands.append(command)
            state.report.isIdle = false
            return state.wake
        }
        wake()
    }

    func takeCommands() -> [Command] {
        state.withLock { state in
            defer { state.commands.removeAll() }
            return state.commands
        }
    }

    func stop() {
        let wake = state.withLock { state in
            state.isStopping = true
            return state.wake
        }
        wake()
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Notes how far `task` is; nil when it runs here no more.
    func note(_ task: TaskID, _ progress: TaskProgress?) { state.withLock { $0.report.progress[task] = progress } }

    func report(isIdle: Bool, tasks: [TaskStatus], moved: Bool, at now: Timestamp) {
        state.withLock { state in
            state.report.beat = now
            state.report.isIdle = isIdle && state.commands.isEmpty
            state.report.tasks = tasks
            if moved { state.report.rounds += 1 }
        }
    }

    var report: Report { state.withLock { $0.report } }

    func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

    var failure: (any Error)? { state.withLock { $0.failure } }
}
