import EventLog
import Observability
import StateStores
import StreamCore

/// Runs tasks on one thread: reads, processes, commits, checkpoints.
///
/// Deterministic: ``step()`` does one round.
final class Worker {
    let shared: WorkerShared
    let plan: ExecutionPlan
    let reader: any LogReader
    let committer: any TaskCommitter
    let options: RuntimeOptions
    let environment: TaskEnvironment
    let journal: EventJournal
    let starts: InputStarts
    let log: any EventLog
    /// Takes tasks over and restores them.
    let restorer: RestorerShared
    /// Does so in this worker's own rounds when it is nobody else's work.
    private let ownRestorer: Restorer?
    var tasks: [RunningTask] = []
    var lastCommit: Timestamp
    var pending: PendingCommit?
    var readOutage = OutageNote()

    /// A commit that did not succeed yet and is tried again with the same content.
    struct PendingCommit {
        var commits: [TaskCommit]
        var retryAt: Timestamp
        var attempts: Int
    }

    /// A worker whose tasks `restorer` takes over; with nil it does that itself, in its own rounds.
    init(
        _ shared: WorkerShared, plan: ExecutionPlan, log: any EventLog, member: any GroupMember,
        options: RuntimeOptions, environment: TaskEnvironment, journal: EventJournal,
        restorer: RestorerShared? = nil, formerSources: Set<String>? = nil
    ) throws {
        self.shared = shared
        self.plan = plan
        self.log = log
        self.options = options
        self.journal = journal
        starts = InputStarts(
            plan: plan, log: log, options: options, formerSources: formerSources, journal: journal,
            counters: environment.counters)
        self.restorer = restorer ?? RestorerShared()
        reader = try log.makeReader(isolation: .committed)
        committer = try member.makeCommitter()
        var environment = environment
        environment.wake = reader.wake
        self.environment = environment
        ownRestorer =
            restorer == nil
            ? try Restorer(
                self.restorer, plan: plan, log: log, member: member, options: options, environment: environment,
                starts: starts, journal: journal)
            : nil
        lastCommit = options.clock.now()
        shared.setWake(reader.wake)
    }

    /// Rounds until a stop is asked for; waits when there is nothing to do.
    func run() {
        while !shared.isStopping {
            let busy = step()
            if !busy { reader.wait(upTo: pause()) }
        }
        leave(tasks.map(\.id), isLost: false)
        shared.report(isIdle: true, tasks: [], moved: false)
    }

    /// One round; returns whether anything was done.
    @discardableResult
    func step() -> Bool {
        obey()
        let now = options.clock.now()
        var busy = ownRestorer?.step() ?? false
        if pending != nil, retryPending(now) { busy = true }
        for task in tasks where !isPending(task) && !isFull && advance(task, now) { busy = true }
        if pending == nil, commitIfDue(now) { busy = true }
        shared.report(isIdle: !busy && isIdle, tasks: status(), moved: busy)
        return busy
    }

    /// How long nothing can be due.
    private func pause() -> Duration {
        let now = options.clock.now()
        var due = now + .milliseconds(100)
        if let pending { due = min(due, pending.retryAt) }
        for task in tasks {
            switch task.state {
            case .waiting(let moment): due = min(due, moment)
            case .restoring: if ownRestorer != nil { due = min(due, now + .milliseconds(20)) }
            case .running(let running):
                if let next = running.nextDue { due = min(due, next) }
                if pending == nil, running.hasUncommitted { due = min(due, lastCommit + options.commitInterval) }
            }
        }
        return max(.milliseconds(1), due - now)
    }

    private var isIdle: Bool {
        pending == nil
            && tasks.allSatisfy { task in
                guard let running = task.running else { return false }
                return task.isAtEnd && running.buffered == 0 && !running.hasUncommitted && !running.isWaiting
            }
    }

    /// Whether the task's last commit is still to be tried again: nothing may be processed before its end is known.
    func isPending(_ task: RunningTask) -> Bool { pending?.commits.contains { $0.task == task.id } ?? false }

    /// Whether uncommitted outputs are as much as a transaction should hold.
    var isFull: Bool {
        var (records, bytes) = (0, 0)
        for task in tasks {
            guard let outputs = task.running?.context.outputs else { continue }
            records += outputs.count
            bytes += outputs.byteCount
        }
        return records >= options.commitRecords || bytes >= options.commitBytes
    }

    func find(_ id: TaskID) -> RunningTask? { tasks.first { $0.id == id } }

    private func status() -> [TaskStatus] {
        tasks.map { task in
            switch task.state {
            case .waiting: TaskStatus(task: task.id, phase: .waiting, remaining: 0)
            case .restoring(let restoring):
                switch restoring.progress {
                case .restoring(let remaining):
                    TaskStatus(task: task.id, phase: .restoring, remaining: remaining)
                case .ready: TaskStatus(task: task.id, phase: .restoring, remaining: 0)
                case .waiting, .failed: TaskStatus(task: task.id, phase: .waiting, remaining: 0)
                }
            case .running: TaskStatus(task: task.id, phase: .running, remaining: 0)
            }
        }
    }
}
