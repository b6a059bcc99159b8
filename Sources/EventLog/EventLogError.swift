public import StreamCore

/// What went wrong with a log, where, and whether trying again can help.
public struct EventLogError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable {
        /// No such topic.
        case unknownTopic
        /// A topic of that name exists.
        case topicExists
        /// A name or a partition count that no topic can have.
        case invalidTopic
        /// The topic has fewer partitions.
        case partitionOutOfRange
        /// The offset is before the start of the partition or after its end.
        case offsetOutOfRange
        /// The record is larger than the topic or the log takes.
        case recordTooLarge
        /// The log was written by another version that this one cannot read.
        case incompatibleVersion
        /// Another process uses the log in a way that excludes this one.
        case logInUse
        /// The file system has no room.
        case diskFull
        /// The file system cannot hold the log: read-only, a network file system, no permission.
        case unusableStorage
        /// The log's own data is damaged.
        case corrupt
        /// Somebody else holds a lock for longer than we wait.
        case busy
        /// A broker cannot be reached, or did not answer in time.
        case unavailable
        /// The credentials were refused, or do not suffice.
        case unauthorized
        /// This member or task was superseded.
        case fenced
        /// A commit was sent and its end is not known.
        case outcomeUnknown
        /// Members of one group run different plans.
        case incompatiblePlan
        /// The group has living members.
        case groupActive
        /// A setting that makes no sense.
        case invalidConfiguration
        /// This log cannot do that.
        case unsupported
        /// Used after it was closed.
        case closed
        /// Anything else.
        case other
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, with names and values, and what to do.
    public let message: String
    /// Where, when a record or partition is concerned.
    public let partition: TopicPartition?

    /// An error.
    public init(_ code: Code, _ message: String, at partition: TopicPartition? = nil) {
        self.code = code
        self.message = message
        self.partition = partition
    }

    /// Whether the same call may succeed later without anybody's help but time's or an operator's.
    public var isRetriable: Bool {
        switch code {
        case .diskFull, .busy, .unavailable: true
        default: false
        }
    }

    /// The message, with the partition if there is one.
    public var description: String { partition.map { "\(message) (\($0))" } ?? message }
}
