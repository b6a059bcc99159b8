public import StreamCore

/// How far a task is, as of its last commit.
public struct TaskProgress: Sendable, Hashable {
    /// The offset after the last committed record of each of its inputs.
    public let positions: [TopicPartition: Int64]
    /// The largest timestamp that it has seen; -1 ms before the first record.
    public let streamTime: Timestamp
    /// How many records it has read and not processed.
    public let buffered: Int
    /// How many requests of its steps are open.
    public let openRequests: Int
    /// How many changes are committed and not yet in the stores on disk.
    public let uncheckpointed: Int
    /// Its stores, by name.
    public let stores: [String]
    /// When this was.
    public let committed: Timestamp
}

/// What an instance does, all of it at one moment.
public struct RuntimeReport: Sendable {
    /// What becomes of an instance.
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        /// It has not begun.
        case created
        /// It plans, fills global tables and joins its group.
        case starting
        /// It waits for a topic that does not exist.
        case waiting
        /// It runs tasks.
        case running
        /// It commits and leaves.
        case stopping
        /// It has ended as it was asked to.
        case stopped
        /// It has ended because it could not go on.
        case failed
    }

    /// What it does.
    public var phase: Phase
    /// Why it waits or has failed; nil otherwise.
    public var reason: String?
    /// When it began; nil before.
    public var started: Timestamp?
    /// Its name in the group; empty before it has joined.
    public var instance: String
    /// Its tasks, copies of others' tasks among them.
    public var tasks: [TaskStatus]
    /// How far its running tasks are.
    public var progress: [TaskID: TaskProgress]
    /// When each worker last went round; waiting workers go round ten times a second.
    public var workers: [Timestamp]
    /// Why its membership cannot be looked after, and since when; nil when it can.
    public var trouble: (since: Timestamp, reason: String)?
    /// How many tasks the whole application has; 0 before that is known.
    public var taskCount: Int
}
