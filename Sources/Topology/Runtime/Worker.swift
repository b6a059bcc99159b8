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
        shared.report(isIdle: true, tasks: [], moved: false, at: options.clock.now())
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
        shared.report(isIdle: !busy && isIdle, tasks: tasks.map { status(of: $0, now) }, moved: busy, at: now)
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

    private func status(of task: RunningTask, _ now: Timestamp) -> TaskStatus {
        let phase: TaskStatus.Phase
        var remaining: Int64 = 0
        switch task.state {
        case .waiting: phase = .waiting
        case .running: phase = .running
        case .restoring(let restoring):
            switch restoring.progress {
            case .restoring(let left): (phase, remaining) = (.restoring, left)
            case .ready: phase = .restoring
            case .waiting, .failed: phase = .waiting
            }
        }
        if task.shown?.phase != phase || task.shown?.remaining != remaining {
            // A failing task goes in circles through the phases before it runs: what counts is since when it does not.
            let isCircling = task.error != nil && phase != .running && task.shown.map { $0.phase != .running } == true
            task.shown = (phase, remaining, isCircling ? task.shown?.since ?? now : now)
        }
        return TaskStatus(
            task: task.id, phase: phase, remaining: remaining, since: task.shown?.since ?? now,
            failures: task.failures + task.outages, error: task.error)
    }
}
