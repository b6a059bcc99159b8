import EventLog
import Observability
import StateStores
import StreamCore

// MARK: - Commit and checkpoint

extension Worker {
    func commitIfDue(_ now: Timestamp) -> Bool {
        let isDue = now >= lastCommit + options.commitInterval || now < lastCommit
        let ready = tasks.filter { hasToSay($0, now) }
        guard !ready.isEmpty, isDue || isFull || ready.contains(where: { $0.running?.wantsCommit == true }) else {
            checkpointIfDue(now)
            return false
        }
        commit(now, ready)
        return true
    }

    /// Whether a task has something to commit, its positions again at the latest after a while: groups that subscribe to
    /// no input have theirs forgotten by brokers (rule 8).
    private func hasToSay(_ task: RunningTask, _ now: Timestamp) -> Bool {
        guard let stream = task.running else { return false }
        return stream.hasUncommitted || now >= task.lastCommit + options.positionInterval
    }

    func commit(_ now: Timestamp, _ ready: [RunningTask]) {
        var commits: [TaskCommit] = []
        for task in ready {
            guard let stream = task.running else { continue }
            do { commits.append(try stream.prepareCommit()) } catch { failed(task, error, now) }
        }
        guard !commits.isEmpty else { return }
        attempt(PendingCommit(commits: commits, retryAt: now, attempts: 0), now)
    }

    @discardableResult
    func retryPending(_ now: Timestamp) -> Bool {
        guard let waiting = pending, now >= waiting.retryAt else { return false }
        attempt(waiting, options.clock.now())
        return pending == nil
    }

    private func attempt(_ attempt: PendingCommit, _ now: Timestamp) {
        pending = nil
        lastCommit = now
        let outcomes: [TaskCommitOutcome]
        let start = ContinuousClock.now
        do {
            outcomes = try committer.commit(attempt.commits)
            environment.counters.record("commit_seconds", start.duration(to: .now))
        } catch {
            if error.isRetriable { return postpone(attempt, error, now) }
            // Nothing is known of this commit, or nothing can come of it: memory is not to be trusted (rule 5).
            for commit in attempt.commits { find(commit.task).map { failed($0, error, now) } }
            return
        }
        var reduced: [TaskCommit] = []
        for (commit, outcome) in zip(attempt.commits, outcomes) {
            guard let task = find(commit.task) else { continue }
            if let rest = conclude(task, commit.positions, outcome, now) { reduced.append(rest) }
        }
        guard reduced.isEmpty else {
            // Each time without at least one record more, so this ends.
            return self.attempt(PendingCommit(commits: reduced, retryAt: now, attempts: 0), now)
        }
        checkpointIfDue(now)
    }

    private func postpone(_ attempt: PendingCommit, _ error: EventLogError, _ now: Timestamp) {
        let attempts = attempt.attempts + 1
        // A rebalance, which says busy, is over soon, and tasks stand still meanwhile.
        let longest: Int64 = error.code == .busy ? 100 : 5_000
        let pause = min(longest, 50 << Int64(min(attempts, 7)))
        if attempts == 1 || attempts.isMultiple(of: 10) {
            journal.warning("commit is tried again", ["error": "\(error)", "attempts": "\(attempts)"])
        }
        pending = PendingCommit(commits: attempt.commits, retryAt: now + .milliseconds(pause), attempts: attempts)
    }

    /// Deals with the end of a task's commit; returns what is to be committed instead when the log refused records that
    /// may be left out.
    private func conclude(
        _ task: RunningTask, _ positions: [TopicPartition: CommittedPosition], _ outcome: TaskCommitOutcome,
        _ now: Timestamp
    ) -> TaskCommit? {
        switch outcome {
        case .committed(let receipt):
            task.failures = 0
            task.outages = 0
            _ = task.outage.end()
            task.error = nil
            task.lastCommit = now
            do { try task.running?.committed(receipt, positions) } catch { failed(task, error, now) }
            if let stream = task.running { shared.note(task.id, stream.progress) }
        case .fenced:
            journal.warning("task was taken over by another member", ["task": "\(task.id)"])
            abandon(task, checkpointing: false)
            tasks.removeAll { $0 === task }
        case .failed(let error):
            do {
                if let rest = try task.running?.commitWithoutRefused(error, on: log) { return rest }
                failed(task, error, now)
            } catch { failed(task, error, now) }
        }
        return nil
    }

    func checkpointIfDue(_ now: Timestamp) {
        for task in tasks {
            guard let stream = task.running, !stream.hasUncommitted, isCheckpointDue(task, stream, now) else {
                continue
            }
            task.lastCheckpoint = now
            do {
                try stream.markSources(on: log)
                try stream.checkpoint(renewingBefore: renewal.map { now - $0 })
            } catch {
                journal.warning("checkpoint failed", ["task": "\(task.id)", "error": "\(error)"])
            }
        }
    }

    /// How old a checkpoint may become while its task runs: well below what a restart still trusts.
    private var renewal: Duration? { options.tombstoneRetention.map { $0 / 8 } }

    private func isCheckpointDue(_ task: RunningTask, _ stream: StreamTask, _ now: Timestamp) -> Bool {
        let changes = stream.changesSinceCheckpoint
        if let renewal, now >= task.lastCheckpoint + renewal { return true }
        guard changes > 0 else { return false }
        return changes >= options.checkpointChanges || now >= task.lastCheckpoint + options.checkpointInterval
            || stream.stores.wantsCheckpoint
    }
}
