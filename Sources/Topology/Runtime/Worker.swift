import EventLog
import Observability
import StateStores
import StreamCore

/// Runs tasks on one thread: reads, processes, commits, checkpoints.
///
/// Deterministic: ``step()`` does one round.
final class Worker {
    let shared: WorkerShared
    private let plan: ExecutionPlan
    private let log: any EventLog
    private let member: any GroupMember
    private let reader: any LogReader
    private let committer: any TaskCommitter
    private let options: RuntimeOptions
    private let environment: TaskEnvironment
    private let journal: EventJournal
    private var tasks: [RunningTask] = []
    private var lastCommit: Timestamp
    private var pending: PendingCommit?

    /// A commit that did not succeed yet and is tried again with the same content.
    private struct PendingCommit {
        var commits: [TaskCommit]
        var retryAt: Timestamp
        var attempts: Int
    }

    init(
        _ shared: WorkerShared, plan: ExecutionPlan, log: any EventLog, member: any GroupMember,
        options: RuntimeOptions, environment: TaskEnvironment, journal: EventJournal
    ) throws {
        self.shared = shared
        self.plan = plan
        self.log = log
        self.member = member
        self.options = options
        self.journal = journal
        reader = try log.makeReader(isolation: .committed)
        committer = try member.makeCommitter()
        var environment = environment
        environment.wake = reader.wake
        self.environment = environment
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
        if pending != nil { return retryPending(now) }
        var busy = false
        for task in tasks where advance(task, now) { busy = true }
        if commitIfDue(now) { busy = true }
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
            case .restoring: return .milliseconds(1)
            case .running(let running):
                if let next = running.nextDue { due = min(due, next) }
                if running.hasUncommitted { due = min(due, lastCommit + options.commitInterval) }
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

    private func status() -> [TaskStatus] {
        tasks.map { task in
            switch task.state {
            case .waiting: TaskStatus(task: task.id, phase: .waiting, remaining: 0)
            case .restoring(_, let restore):
                TaskStatus(task: task.id, phase: .restoring, remaining: restore.remaining)
            case .running: TaskStatus(task: task.id, phase: .running, remaining: 0)
            }
        }
    }
}

// MARK: - Tasks come and go

extension Worker {
    private func obey() {
        for command in shared.takeCommands() {
            switch command {
            case .assign(let id): tasks.append(RunningTask(id, now: options.clock.now()))
            case .release(let ids, let isLost, let done):
                leave(ids, isLost: isLost)
                done()
            }
        }
    }

    /// Gives tasks up: commits and checkpoints them first unless they are lost.
    private func leave(_ ids: [TaskID], isLost: Bool) {
        for task in tasks where ids.contains(task.id) { task.running?.leaving() }
        if !isLost {
            if pending != nil { retryPending(Timestamp(milliseconds: .max)) }
            if pending == nil { commit(options.clock.now(), tasks.filter { $0.running?.hasUncommitted == true }) }
        }
        for task in tasks where ids.contains(task.id) { abandon(task, checkpointing: !isLost && pending == nil) }
        tasks.removeAll { ids.contains($0.id) }
        // Granted again, a task must not be taken for fenced by the answer to a commit of its former life.
        let rest = pending?.commits.filter { !ids.contains($0.task) } ?? []
        if rest.isEmpty { pending = nil } else { pending?.commits = rest }
    }

    private func abandon(_ task: RunningTask, checkpointing: Bool) {
        switch task.state {
        case .waiting: break
        case .restoring(let stream, let restore):
            restore.abandon(reader)
            close(stream, checkpointing: checkpointing)
        case .running(let stream):
            for input in stream.inputs { reader.close(input.source) }
            close(stream, checkpointing: checkpointing)
        }
        task.state = .waiting(options.clock.now())
    }

    private func close(_ stream: StreamTask, checkpointing: Bool) {
        do {
            if checkpointing { try stream.markSources(on: log) }
            try stream.close(checkpointing: checkpointing)
        } catch {
            journal.warning("state was not closed cleanly", ["task": "\(stream.id)", "error": "\(error)"])
        }
    }

    private func takeOver(_ task: RunningTask, _ now: Timestamp) throws {
        let stream = try StreamTask(task.id, of: plan, in: environment)
        do {
            let takeover = try member.takeOver(
                task.id, inputs: stream.inputs.map(\.source), changelogs: stream.changelogs.map(\.partition))
            stream.resume(takeover)
            let restore = try TaskRestore(stream, takeover, log: log) { note in
                journal.warning(note, ["task": "\(task.id)"])
            }
            if restore.remaining > 0 {
                journal.info("restoring", ["task": "\(task.id)", "entries": "\(restore.remaining)"])
            }
            task.state = .restoring(stream, restore)
        } catch {
            close(stream, checkpointing: false)
            throw error
        }
    }

    private func begin(_ task: RunningTask, _ stream: StreamTask, _ now: Timestamp) throws {
        for input in stream.inputs {
            let offsets = try log.offsets(of: input.source, isolation: .committed)
            if input.position < offsets.start { input.start(at: offsets.start) }
            try reader.open(input.source, at: input.position)
        }
        task.state = .running(stream)
        task.lastCheckpoint = now
        try stream.start()
    }
}

// MARK: - Work

extension Worker {
    /// Advances one task; a failure is the task's own.
    ///
    /// - Returns: whether anything was done.
    private func advance(_ task: RunningTask, _ now: Timestamp) -> Bool {
        do {
            switch task.state {
            case .waiting(let moment):
                guard now >= moment else { return false }
                try takeOver(task, now)
                return true
            case .restoring(let stream, let restore):
                if try restore.step(reader, log: log, limit: 10_000) { try begin(task, stream, now) }
                return true
            case .running(let stream):
                return try work(task, stream, now)
            }
        } catch {
            failed(task, error, now)
            return true
        }
    }

    private func work(_ task: RunningTask, _ stream: StreamTask, _ now: Timestamp) throws -> Bool {
        task.isAtEnd = true
        for input in stream.inputs where input.count < 1_000 && !input.isShut {
            let batch = try reader.read(input.source, maxRecords: 4_000, maxBytes: 4 << 20)
            if !batch.records.isEmpty { task.isAtEnd = false }
            input.append(batch)
        }
        let processed = try stream.process(upTo: 2_000)
        let advanced = try stream.advance(now: now)
        if processed > 0 { task.failures = 0 }
        return processed > 0 || advanced
    }

    /// A task that failed is abandoned and taken over again later, or the instance stops, as the error's class says.
    private func failed(_ task: RunningTask, _ error: any Error, _ now: Timestamp) {
        abandon(task, checkpointing: false)
        task.failures += 1
        switch FailureClass(error) {
        case .stop:
            shared.fail(error)
        case .again where task.failures > 20:
            shared.fail(error)
        case .again:
            let pause = min(30_000, 100 << min(task.failures, 8))
            task.state = .waiting(now + .milliseconds(pause))
            journal.warning("task failed and is taken over again", ["task": "\(task.id)", "error": "\(error)"])
        case .rebuild:
            journal.warning("state is damaged and rebuilt", ["task": "\(task.id)", "error": "\(error)"])
            if task.failures > 3 { shared.fail(error) }
            if let root = environment.stateDirectory {
                do {
                    try TaskStores.destroy(directory: "\(root)/\(plan.topology.name)/\(task.id)")
                } catch { shared.fail(error) }
            }
        }
    }
}

// MARK: - Commit and checkpoint

extension Worker {
    private func commitIfDue(_ now: Timestamp) -> Bool {
        let isDue = now >= lastCommit + options.commitInterval || now < lastCommit
        let ready = tasks.filter { $0.running?.hasUncommitted == true }
        guard !ready.isEmpty, isDue || ready.contains(where: { $0.running?.wantsCommit == true }) else {
            checkpointIfDue(now)
            return false
        }
        commit(now, ready)
        return true
    }

    private func commit(_ now: Timestamp, _ ready: [RunningTask]) {
        var commits: [TaskCommit] = []
        for task in ready {
            guard let stream = task.running else { continue }
            do { commits.append(try stream.prepareCommit()) } catch { failed(task, error, now) }
        }
        guard !commits.isEmpty else { return }
        attempt(PendingCommit(commits: commits, retryAt: now, attempts: 0), now)
    }

    @discardableResult
    private func retryPending(_ now: Timestamp) -> Bool {
        guard let waiting = pending, now >= waiting.retryAt else { return false }
        attempt(waiting, options.clock.now())
        return pending == nil
    }

    private func attempt(_ attempt: PendingCommit, _ now: Timestamp) {
        pending = nil
        lastCommit = now
        let outcomes: [TaskCommitOutcome]
        do {
            outcomes = try committer.commit(attempt.commits)
        } catch {
            if error.isRetriable { return postpone(attempt, error, now) }
            // Nothing is known of this commit, or nothing can come of it: memory is not to be trusted (rule 5).
            for commit in attempt.commits { find(commit.task).map { failed($0, error, now) } }
            return
        }
        for (commit, outcome) in zip(attempt.commits, outcomes) {
            if let task = find(commit.task) { conclude(task, commit.positions, outcome, now) }
        }
        checkpointIfDue(now)
    }

    private func postpone(_ attempt: PendingCommit, _ error: EventLogError, _ now: Timestamp) {
        let attempts = attempt.attempts + 1
        let pause = min(5_000, 50 << min(attempts, 7))
        if attempts == 1 || attempts.isMultiple(of: 10) {
            journal.warning("commit is tried again", ["error": "\(error)", "attempts": "\(attempts)"])
        }
        pending = PendingCommit(commits: attempt.commits, retryAt: now + .milliseconds(pause), attempts: attempts)
    }

    private func conclude(
        _ task: RunningTask, _ positions: [TopicPartition: CommittedPosition], _ outcome: TaskCommitOutcome,
        _ now: Timestamp
    ) {
        switch outcome {
        case .committed(let receipt):
            do { try task.running?.committed(receipt, positions) } catch { failed(task, error, now) }
        case .fenced:
            journal.warning("task was taken over by another member", ["task": "\(task.id)"])
            abandon(task, checkpointing: false)
            tasks.removeAll { $0 === task }
        case .failed(let error):
            failed(task, error, now)
        }
    }

    private func checkpointIfDue(_ now: Timestamp) {
        for task in tasks {
            guard let stream = task.running, !stream.hasUncommitted else { continue }
            let changes = stream.changesSinceCheckpoint
            guard
                changes >= options.checkpointChanges
                    || (changes > 0 && now >= task.lastCheckpoint + options.checkpointInterval)
            else { continue }
            task.lastCheckpoint = now
            do {
                try stream.markSources(on: log)
                try stream.checkpoint()
            } catch {
                journal.warning("checkpoint failed", ["task": "\(task.id)", "error": "\(error)"])
            }
        }
    }

    private func find(_ id: TaskID) -> RunningTask? { tasks.first { $0.id == id } }
}
