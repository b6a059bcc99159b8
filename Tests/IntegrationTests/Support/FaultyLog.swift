import EventLog
import LogWrappers
import StreamCore
import Synchronization

/// The embedded log with commits that go wrong when told to.
final class FaultyLog: LogWrapper {
    /// What a commit does.
    enum Fault: Sendable {
        /// Fails before anything happens; the same commit may be tried again.
        case refuse
        /// Happens, and its outcome is lost.
        case forget
        /// Does not happen, and that is not known.
        case lose
    }

    let log: EmbeddedEventLog
    let faults: Mutex<[Fault]>

    init(_ log: EmbeddedEventLog, _ faults: [Fault]) {
        self.log = log
        self.faults = Mutex(faults)
    }

    var base: any EventLog { log }

    func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        FaultyMember(try log.join(group), self)
    }
}

private final class FaultyMember: GroupMember {
    private let member: any GroupMember
    private let log: FaultyLog

    init(_ member: any GroupMember, _ log: FaultyLog) {
        self.member = member
        self.log = log
    }

    var id: String { member.id }
    var incarnation: String { member.incarnation }
    func poll(_ listener: any AssignmentListener) throws(EventLogError) { try member.poll(listener) }
    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover { try member.takeOver(task, inputs: inputs, changelogs: changelogs) }
    func makeCommitter() throws(EventLogError) -> any TaskCommitter {
        FaultyCommitter(try member.makeCommitter(), log)
    }
    func leave() { member.leave() }
}

private final class FaultyCommitter: TaskCommitter {
    private let committer: any TaskCommitter
    private let log: FaultyLog

    init(_ committer: any TaskCommitter, _ log: FaultyLog) {
        self.committer = committer
        self.log = log
    }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        // Only commits that say something are worth a fault.
        guard commits.contains(where: { !$0.records.isEmpty }),
            let fault = log.faults.withLock({ $0.isEmpty ? nil : $0.removeFirst() })
        else { return try committer.commit(commits) }
        switch fault {
        case .refuse: throw EventLogError(.diskFull, "full, says the test")
        case .lose: throw EventLogError(.outcomeUnknown, "lost, says the test")
        case .forget:
            _ = try committer.commit(commits)
            throw EventLogError(.outcomeUnknown, "forgotten, says the test")
        }
    }
}
