public import EventLog
public import StreamCore

/// A log around another that does something else than it in a few calls; all others go to the inner one.
public protocol LogWrapper: EventLog {
    /// The log within.
    var base: any EventLog { get }
}

extension LogWrapper {
    /// As the log within does.
    public var location: String { base.location }

    /// As the log within does.
    public func topics() throws(EventLogError) -> [TopicDescription] { try base.topics() }

    /// As the log within does.
    public func topic(_ name: String) throws(EventLogError) -> TopicDescription? { try base.topic(name) }

    /// As the log within does.
    public func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        try base.createTopic(specification)
    }

    /// As the log within does.
    public func deleteTopic(_ name: String) throws(EventLogError) { try base.deleteTopic(name) }

    /// As the log within does.
    public func offsets(of partition: TopicPartition, isolation: IsolationLevel) throws(EventLogError) -> LogOffsets {
        try base.offsets(of: partition, isolation: isolation)
    }

    /// As the log within does.
    public func verify(_ mark: ChangelogMark, of changelog: TopicPartition) throws(EventLogError) -> ChangelogVerdict {
        try base.verify(mark, of: changelog)
    }

    /// As the log within does.
    public func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark {
        try base.mark(of: changelog, at: position)
    }

    /// As the log within does.
    public func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        try base.committedPositions(group: group, partitions)
    }

    /// As the log within does.
    public func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        try base.append(records)
    }

    /// As the log within does.
    public func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        try base.makeReader(isolation: isolation)
    }

    /// As the log within does.
    public func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember { try base.join(group) }

    /// As the log within does.
    public func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError) {
        try base.trim(partition, before: offset)
    }

    /// As the log within does.
    public func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance {
        try base.maintain(now: now, upTo: budget)
    }

    /// As the log within does.
    public func forgetGroup(_ application: String) throws(EventLogError) { try base.forgetGroup(application) }
}
