import EventLog
import LogWrappers
import StreamCore
import Synchronization

/// The embedded log with take-overs, reads and commits that go wrong when told to.
final class FlawedLog: LogWrapper {
    struct Flaws: Sendable {
        /// What each take-over does before it asks the log.
        var takeOver: @Sendable () throws(EventLogError) -> Void = {}
        /// What take-overs tell instead.
        var adjust: @Sendable (Takeover) -> Takeover = { $0 }
        /// What each read of a partition does before it asks the log.
        var read: @Sendable (TopicPartition) throws(EventLogError) -> Void = { _ in }
        /// What each commit does before it asks the log.
        var commit: @Sendable ([TaskCommit]) throws(EventLogError) -> Void = { _ in }
        /// What each commit does after it is done.
        var committed: @Sendable () throws(EventLogError) -> Void = {}
        /// What each creation of a topic does before it asks the log.
        var create: @Sendable (TopicSpecification) throws(EventLogError) -> Void = { _ in }
        /// Who has which tasks, when the log is to say something else than it does.
        var roster: [String: [TaskID]]?
    }

    let log: EmbeddedEventLog
    let flaws = Mutex(Flaws())
    /// The specifications of the groups that were joined.
    let joined = Mutex<[GroupSpecification]>([])

    init(_ log: EmbeddedEventLog) { self.log = log }

    func change(_ body: (inout sending Flaws) -> Void) { flaws.withLock { body(&$0) } }

    var base: any EventLog { log }

    func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        try flaws.withLock { $0.create }(specification)
        return try log.createTopic(specification)
    }
    func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        FlawedReader(try log.makeReader(isolation: isolation), self)
    }
    func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        joined.withLock { $0.append(group) }
        return FlawedMember(try log.join(group), self)
    }
}

private final class FlawedReader: LogReader {
    private let reader: any LogReader
    private let log: FlawedLog

    init(_ reader: any LogReader, _ log: FlawedLog) {
        self.reader = reader
        self.log = log
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) {
        try reader.open(source, at: offset)
    }
    func close(_ source: TopicPartition) { reader.close(source) }
    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        try log.flaws.withLock { $0.read }(source)
        return try reader.read(source, maxRecords: maxRecords, maxBytes: maxBytes)
    }
    func wait(upTo duration: Duration) { reader.wait(upTo: duration) }
    var wake: @Sendable () -> Void { reader.wake }
}

private final class FlawedMember: GroupMember {
    private let member: any GroupMember
    private let log: FlawedLog

    init(_ member: any GroupMember, _ log: FlawedLog) {
        self.member = member
        self.log = log
    }

    var id: String { member.id }
    var incarnation: String { member.incarnation }
    func poll(_ listener: any AssignmentListener) throws(EventLogError) { try member.poll(listener) }
    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover {
        try log.flaws.withLock { $0.takeOver }()
        let takeover = try member.takeOver(task, inputs: inputs, changelogs: changelogs)
        return log.flaws.withLock { $0.adjust }(takeover)
    }
    func makeCommitter() throws(EventLogError) -> any TaskCommitter {
        FlawedCommitter(try member.makeCommitter(), log)
    }
    func roster() throws(EventLogError) -> [String: [TaskID]]? {
        if let told = log.flaws.withLock({ $0.roster }) { return told }
        return try member.roster()
    }
    func leave() { member.leave() }
}

private final class FlawedCommitter: TaskCommitter {
    private let committer: any TaskCommitter
    private let log: FlawedLog

    init(_ committer: any TaskCommitter, _ log: FlawedLog) {
        self.committer = committer
        self.log = log
    }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        try log.flaws.withLock { $0.commit }(commits)
        let outcomes = try committer.commit(commits)
        try log.flaws.withLock { $0.committed }()
        return outcomes
    }
}
