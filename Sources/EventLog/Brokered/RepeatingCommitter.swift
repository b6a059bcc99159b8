import StreamCore

/// Commits without transactions: outputs and changelog entries first, positions when all are acknowledged.
///
/// After a crash in between, records are processed again: at least once.
final class RepeatingCommitter: TaskCommitter {
    private let member: BrokeredMember
    private var lastIdentity: Int64 = 0

    init(_ member: BrokeredMember) { self.member = member }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        lastIdentity = max(lastIdentity + 1, SystemWallClock().now().milliseconds)
        var outcomes: [TaskCommitOutcome] = []
        var positions: [TopicPartition: CommittedPosition] = [:]
        for commit in commits {
            guard member.holds(commit.task, commit.epoch) else {
                outcomes.append(.fenced)
                continue
            }
            do {
                let appended = try member.cluster.log.append(commit.records)
                positions.merge(commit.positions) { $1 }
                outcomes.append(.committed(CommitReceipt(commitID: lastIdentity, appended: appended)))
            } catch {
                // What is retried later is written twice; that is what was chosen.
                if error.isRetriable { throw error }
                outcomes.append(.failed(error))
            }
        }
        if !positions.isEmpty { try member.commit(positions) }
        return outcomes
    }
}
