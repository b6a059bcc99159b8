public import StreamCore

/// An application as its log sees it: what members share and how the work is cut.
public struct GroupSpecification: Sendable {
    /// The application's name; also the consumer group's.
    public var application: String
    /// All tasks of the plan.
    public var tasks: [TaskID]
    /// The plan's fingerprint: members of one group run one plan.
    public var fingerprint: String
    /// What this process is called at every start with the same state folder; part of its transactional ids.
    public var instance = "\(UInt64.random(in: 0 ... .max))"
    /// How many committers this instance may have left behind; what their transactions hold is ended at the start.
    public var formerCommitters = 0
    /// Keeps the tasks over a short restart under this name, as Kafka's `group.instance.id`; nil gives them up at once.
    public var staticMember: String?
    /// What a commit promises.
    public var guarantee: ProcessingGuarantee = .exactlyOnce
    /// After how long without a sign of life others get the tasks.
    public var sessionTimeout: Duration = .seconds(45)
    /// How long a process may go without ``GroupMember/poll(_:)``.
    public var pollInterval: Duration = .minutes(5)
    /// After how long the transaction of a process that died is aborted; a take-over may have to wait for that.
    public var transactionTimeout: Duration = .seconds(10)

    /// A group.
    public init(application: String, tasks: [TaskID], fingerprint: String) {
        self.application = application
        self.tasks = tasks
        self.fingerprint = fingerprint
    }
}

/// What a commit promises; the embedded log always gives the stronger one.
public enum ProcessingGuarantee: String, Sendable, Hashable, CaseIterable {
    /// Outputs, state and positions in one transaction.
    case exactlyOnce = "exactly-once"
    /// Outputs and state first, then positions: after a crash some of it is done again.
    case atLeastOnce = "at-least-once"
}

/// One process's membership in an application's group.
///
/// ``poll(_:)`` and ``leave()`` belong to one thread; take-overs and committers to the workers.
public protocol GroupMember: AnyObject, Sendable {
    /// Names this member, differently at every start.
    var id: String { get }

    /// Names this life of the application: made when the group is first joined, new after a reset.
    ///
    /// Part of every idempotency key, so that a reset application does not meet its old answers.
    var incarnation: String { get }

    /// Keeps the membership alive and tells `listener` which tasks come and go; call it every 100 ms or so.
    ///
    /// - Throws: ``EventLogError`` when the membership is over (`fenced`) or the log cannot be reached.
    func poll(_ listener: any AssignmentListener) throws(EventLogError)

    /// Takes a granted task over: fences whoever had it and reads where to start, in this order and in one step
    /// (rules 4a and 4b of the design: committed positions are final, then the changelogs' ends are asked).
    ///
    /// - Throws: ``EventLogError``: `fenced` when the task is not granted to this member any more; `busy` when the former
    ///   owner's last transaction is still open: call again.
    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover

    /// What commits for one worker; it belongs to that worker's thread.
    ///
    /// - Throws: ``EventLogError`` when it cannot be opened.
    func makeCommitter() throws(EventLogError) -> any TaskCommitter

    /// What this member is called in ``roster()``.
    var rosterName: String { get }

    /// The living members and the tasks that each of them holds; nil when the log cannot say.
    ///
    /// For standbys, now and then: it may be out of date when it arrives.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be asked.
    func roster() throws(EventLogError) -> [String: [TaskID]]?

    /// Gives up all tasks and leaves; what is not committed then is abandoned.
    func leave()
}

extension GroupMember {
    /// Nobody knows.
    public func roster() throws(EventLogError) -> [String: [TaskID]]? { nil }

    /// Its id.
    public var rosterName: String { id }
}

/// Hears which tasks come and go, during ``GroupMember/poll(_:)`` and on its thread.
public protocol AssignmentListener: AnyObject {
    /// These tasks are this member's now.
    func granted(_ tasks: [TaskID])
    /// These tasks go to others when this returns: commit or abandon them before.
    func revoked(_ tasks: [TaskID])
    /// These tasks are others' already: abandon them, commit nothing.
    func lost(_ tasks: [TaskID])
}

/// Where a task starts.
public struct Takeover: Sendable {
    /// The fence: a commit under an older epoch is refused.
    public let epoch: Int64
    /// The committed positions; an input without one was never committed.
    public let positions: [TopicPartition: CommittedPosition]
    /// Start and end of each changelog; restore up to `end`.
    public let changelogs: [TopicPartition: LogOffsets]

    /// Where a task starts.
    public init(
        epoch: Int64, positions: [TopicPartition: CommittedPosition], changelogs: [TopicPartition: LogOffsets]
    ) {
        self.epoch = epoch
        self.positions = positions
        self.changelogs = changelogs
    }
}
