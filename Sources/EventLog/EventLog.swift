public import StreamCore

/// Topics as partitioned, replayable logs: the only way records enter and leave Tributary.
///
/// Three implementations behave alike and pass one conformance suite: embedded (SQLite), Kafka (librdkafka), simulated.
/// Any thread may call; what it returns (readers, committers) belongs to the thread that uses it.
public protocol EventLog: Sendable {
    /// Where the log is, for people: a folder, or bootstrap servers.
    var location: String { get }

    /// All topics, by name.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func topics() throws(EventLogError) -> [TopicDescription]

    /// The topic `name`, or nil when there is none.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func topic(_ name: String) throws(EventLogError) -> TopicDescription?

    /// Creates a topic.
    ///
    /// - Throws: ``EventLogError`` with code `topicExists`, `invalidTopic`, `unauthorized` or `unsupported`.
    @discardableResult
    func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription

    /// Deletes a topic with all its records.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `unauthorized` or `unsupported`.
    func deleteTopic(_ name: String) throws(EventLogError)

    /// Gives a topic more partitions; nothing happens when it has that many already.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `invalidTopic` (fewer than it has), `unauthorized`, ….
    func growTopic(_ name: String, to partitions: Int32) throws(EventLogError)

    /// Where a partition starts and ends.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic` or `partitionOutOfRange`.
    func offsets(of partition: TopicPartition, isolation: IsolationLevel) throws(EventLogError) -> LogOffsets

    /// Whether state that was checkpointed at `mark` is a prefix of what `changelog` holds now.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func verify(_ mark: ChangelogMark, of changelog: TopicPartition) throws(EventLogError) -> ChangelogVerdict

    /// What a checkpoint that holds `changelog` up to `position` says of itself; ``verify(_:of:)`` recognises it later.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark

    /// The positions that `group` has committed, for those of `partitions` that have one.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition]

    /// All positions that `group` has committed, whatever topics they are of.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read, `unsupported` when it cannot tell.
    func committedPositions(group: String) throws(EventLogError) -> [TopicPartition: CommittedPosition]

    /// Commits positions for a group without members, so that it starts there.
    ///
    /// - Throws: ``EventLogError`` with code `groupActive` while a member lives, `unknownTopic`, `unauthorized`, ….
    func setPositions(
        _ positions: [TopicPartition: CommittedPosition], of group: String
    ) throws(EventLogError)

    /// Appends `records`, outside of any task, and returns when all are durable.
    ///
    /// On the embedded log all of them or none; on Kafka each by itself.
    ///
    /// - Returns: the offsets that were given, by partition: first up to but not including last + 1.
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange`, `recordTooLarge`, `diskFull`, …
    @discardableResult
    func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>]

    /// A reader with no partitions open.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be opened.
    func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader

    /// Joins the group of an application, as one member for this process.
    ///
    /// - Throws: ``EventLogError`` with code `incompatiblePlan` when living members run another plan, `logInUse`, ….
    func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember

    /// Deletes the records of `partition` before `offset`, as far as the log can.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange` or `unauthorized`.
    func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError)

    /// Does some of the log's own upkeep, retention and compaction, for about `budget`; brokers do theirs themselves.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be written.
    @discardableResult
    func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance

    /// All groups, by name: those of applications, and on brokers everybody's.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read, `unsupported` when it cannot tell.
    func groups() throws(EventLogError) -> [GroupSummary]

    /// The group `name` with its living members, or nil when there is none.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read, `unsupported` when it cannot tell.
    func group(_ name: String) throws(EventLogError) -> GroupDescription?

    /// Forgets an application: its committed positions, ownership and incarnation; topics and local state stay.
    ///
    /// - Throws: ``EventLogError`` with code `groupActive` while a member lives.
    func forgetGroup(_ application: String) throws(EventLogError)
}

/// Which records a reader sees.
public enum IsolationLevel: Sendable, Hashable {
    /// Only records of finished transactions.
    case committed
    /// All records.
    case uncommitted
}

/// Where a partition starts and ends.
public struct LogOffsets: Sendable, Hashable {
    /// The offset of the first record that is still there.
    public let start: Int64
    /// The offset that the next record will get.
    public let end: Int64

    /// A partition from `start` up to, not including, `end`.
    public init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }
}

/// What a group has committed for one input partition.
public struct CommittedPosition: Sendable, Hashable {
    /// The offset to read next.
    public let offset: Int64
    /// What the task keeps beside it (stream times); empty when nothing.
    ///
    /// At most 4,096 bytes, as in Kafka.
    public let metadata: String

    /// A position.
    public init(offset: Int64, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}
