public import StreamCore

/// All that one task has to say since its last commit.
public struct TaskCommit: Sendable {
    /// The task.
    public let task: TaskID
    /// The epoch of its take-over.
    public let epoch: Int64
    /// Where it stands in each of its inputs, moved or not: what fences the commit (rule 2 of the design).
    public let positions: [TopicPartition: CommittedPosition]
    /// Its outputs and changelog entries.
    public let records: RecordBuffer

    /// A task's commit.
    public init(task: TaskID, epoch: Int64, positions: [TopicPartition: CommittedPosition], records: RecordBuffer) {
        self.task = task
        self.epoch = epoch
        self.positions = positions
        self.records = records
    }
}

/// What became of a task's commit.
public enum TaskCommitOutcome: Sendable {
    /// Done, durably.
    case committed(CommitReceipt)
    /// Refused: the task is another member's. Abandon it.
    case fenced
    /// Not done, for a reason of this task's own (a record too large, a topic gone); the other tasks' commits stand.
    case failed(EventLogError)
}

/// What a commit leaves behind.
public struct CommitReceipt: Sendable, Hashable {
    /// Identifies the commit in the log; grows.
    public let commitID: Int64
    /// The offsets that the commit's records were given, by partition: first up to but not including last + 1.
    public let appended: [TopicPartition: Range<Int64>]

    /// A receipt.
    public init(commitID: Int64, appended: [TopicPartition: Range<Int64>]) {
        self.commitID = commitID
        self.appended = appended
    }
}

/// Commits outputs, changelog entries and input positions of a worker's tasks, all at once.
///
/// Belongs to one thread.
public protocol TaskCommitter: AnyObject {
    /// Commits `commits` in one transaction; returns one outcome for each, in order.
    ///
    /// - Throws: ``EventLogError`` when nothing was committed: `outcomeUnknown` means that even this is not known and the
    ///   tasks must be taken over again (rule 5); a retriable one (`diskFull`, `busy`, `unavailable`) that the same commits
    ///   may be tried again.
    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome]
}

/// What a changelog says about a checkpoint.
public enum ChangelogVerdict: String, Sendable, Hashable {
    /// The checkpoint is a prefix: read on from its position.
    case prefix
    /// Entries after the checkpoint were compacted away or deleted: rebuild from the start.
    case belowStart
    /// The checkpoint is ahead of the log, which lost its end: rebuild from the start.
    case ahead
    /// The log has another entry there, or is another log: rebuild from the start.
    case diverged
}
