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

    func report(isIdle: Bool, tasks: [TaskStatus], moved: Bool) {
        state.withLock { state in
            state.report.isIdle = isIdle && state.commands.isEmpty
            state.report.tasks = tasks
            if moved { state.report.rounds += 1 }
        }
    }

    var report: Report { state.withLock { $0.report } }

    func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

    var failure: (any Error)? { state.withLock { $0.failure } }
}
