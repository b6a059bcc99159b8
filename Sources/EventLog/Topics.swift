/// What to create.
public struct TopicSpecification: Sendable, Hashable {
    /// The name: 1-249 characters of `A-Z a-z 0-9 . _ -`, as in Kafka.
    public var name: String
    /// How many partitions, at least 1.
    public var partitions: Int32
    /// What happens to old records.
    public var cleanup: CleanupPolicy
    /// How long records are kept; nil is for ever.
    public var retention: Duration?
    /// The largest record (key + value + headers, in bytes); nil is the log's own limit.
    public var maxRecordBytes: Int?

    /// How long a compacted topic keeps deletions for slow readers; nil is the log's own time.
    public var tombstoneRetention: Duration?

    /// A topic to create.
    public init(
        _ name: String, partitions: Int32, cleanup: CleanupPolicy = .delete, retention: Duration? = nil,
        maxRecordBytes: Int? = nil
    ) {
        self.name = name
        self.partitions = partitions
        self.cleanup = cleanup
        self.retention = retention
        self.maxRecordBytes = maxRecordBytes
    }
}

/// What happens to a topic's old records; named as Kafka's `cleanup.policy`.
public enum CleanupPolicy: String, Sendable, Hashable, Codable {
    /// They go when the retention is over.
    case delete
    /// Only the last record of each key is kept.
    case compact
    /// Both.
    case compactDelete = "compact,delete"
}

/// A topic that exists.
public struct TopicDescription: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// How many partitions it has.
    public let partitions: Int32
    /// What happens to old records; nil when the log does not say.
    public let cleanup: CleanupPolicy?
    /// How long records are kept; nil is for ever or not known.
    public let retention: Duration?
    /// The largest record in bytes; nil when not known.
    public let maxRecordBytes: Int?
    /// What tells this topic from one of the same name that was deleted; empty when the log does not say.
    public let incarnation: String

    /// A topic.
    public init(
        name: String, partitions: Int32, cleanup: CleanupPolicy?, retention: Duration?, maxRecordBytes: Int?,
        incarnation: String
    ) {
        self.name = name
        self.partitions = partitions
        self.cleanup = cleanup
        self.retention = retention
        self.maxRecordBytes = maxRecordBytes
        self.incarnation = incarnation
    }
}
