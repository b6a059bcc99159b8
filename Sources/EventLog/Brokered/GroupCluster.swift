import StreamCore

/// What brokers offer to the members of an application's group.
///
/// The rules of exactly once (`BrokeredMember`, `BrokeredCommitter`) are written once over this; librdkafka and the
/// simulated cluster stand behind it. Any thread may call.
protocol GroupCluster: Sendable {
    /// The log itself: for the plan record, and for messages.
    var log: any EventLog { get }

    /// Makes the tasks topic, or gives it more partitions when it has fewer; partitions are never taken away.
    ///
    /// - Throws: ``EventLogError``: `unauthorized` or `unsupported` when this may not be done here and must be.
    func prepareTasksTopic(_ name: String, partitions: Int32) throws(EventLogError)

    /// Whether `group` has members now; nil when the brokers do not say.
    ///
    /// - Throws: ``EventLogError`` when they cannot be asked.
    func hasMembers(group: String) throws(EventLogError) -> Bool?

    /// A consumer that joins the group and subscribes to `tasksTopic`, and to nothing else.
    ///
    /// - Throws: ``EventLogError`` when it cannot be made.
    func makeMembership(_ group: GroupSpecification, tasksTopic: String) throws(EventLogError) -> any Membership

    /// The producer behind a transactional id; it talks to nobody before ``TransactionalProducer/initialize()``.
    ///
    /// - Throws: ``EventLogError`` when it cannot be made.
    func makeTransactions(
        id: String, timeout: Duration
    ) throws(EventLogError) -> any TransactionalProducer

    /// The committed positions of `group`, once no open transaction can change them any more (rule 4a).
    ///
    /// - Throws: ``EventLogError``: `busy` when such a transaction is still open after about a second: ask again.
    func stablePositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition]

    /// Start and high watermark of a partition: all records count, those of open transactions too (rule 4b).
    ///
    /// - Throws: ``EventLogError``.
    func watermarks(of partition: TopicPartition) throws(EventLogError) -> LogOffsets

    /// Tells, whenever it is asked, whether `duration` has passed since now; simulated brokers have a time of their own.
    func patience(_ duration: Duration) -> @Sendable () -> Bool
}

extension GroupCluster {
    func patience(_ duration: Duration) -> @Sendable () -> Bool {
        let end = ContinuousClock.now + duration
        return { ContinuousClock.now >= end }
    }
}

/// A membership in a consumer group; one thread polls it.
protocol Membership: AnyObject, Sendable {
    /// Keeps the membership alive, and calls `hear` for each change, inside the rebalance: partitions that are revoked go
    /// to others when it returns.
    ///
    /// - Throws: ``EventLogError``: `fenced` when the membership is over for good, or what a broker answered.
    func poll(_ hear: (MembershipChange) -> Void) throws(EventLogError)

    /// Gives up all partitions, hearing of them as ``poll(_:)`` does, and leaves the group; a static member stays in it.
    func leave(_ hear: (MembershipChange) -> Void)

    /// Commits positions outside of any transaction, under the membership as it is now: for at least once only.
    ///
    /// - Throws: ``EventLogError``.
    func commit(_ positions: [TopicPartition: CommittedPosition]) throws(EventLogError)
}

/// What happens to a membership; partitions are those of the tasks topic.
enum MembershipChange: Sendable {
    /// These are the member's from now on (none is possible: a new generation that gives nothing new).
    case granted([Int32], MembershipToken)
    /// These are still the member's, under this token, until the listener returns.
    case revoked([Int32], MembershipToken)
    /// These are the member's no more, and somebody else's perhaps.
    case lost([Int32])
}

/// What a commit shows as proof of membership: an assignment's, read inside its rebalance (rule 3).
struct MembershipToken: Sendable, Hashable {
    /// The member's id; empty means none.
    let member: String
    /// The group's generation; negative means none.
    let generation: Int32
    /// The whole, as the client library wants it back.
    let content: [UInt8]

    /// Whether brokers check it at all: they accept no member and no generation unchecked.
    var isGenuine: Bool { !member.isEmpty && generation >= 0 }
}

/// A transactional producer; belongs to one thread.
///
/// The order is `begin`, `send`s, `flush`, `sendPositions`, `commit` or `abort`. After a failure other than `retriable`
/// only `abort` is allowed, or letting go of it.
protocol TransactionalProducer: AnyObject {
    /// Fences former producers of the id and ends what they left open.
    ///
    /// - Throws: ``TransactionFailure``.
    func initialize() throws(TransactionFailure)

    /// Starts a transaction.
    ///
    /// - Throws: ``TransactionFailure``.
    func begin() throws(TransactionFailure)

    /// Sends records; they are written when ``flush()`` has returned.
    ///
    /// - Throws: ``TransactionFailure``.
    func send(_ records: RecordBuffer) throws(TransactionFailure)

    /// Waits until all records are acknowledged; returns the offsets of each `send`, in order, as far as they were told.
    ///
    /// - Throws: ``TransactionFailure``; `refused` names the `send` whose record the brokers do not take.
    func flush() throws(TransactionFailure) -> [[TopicPartition: Range<Int64>]]

    /// Adds positions of `group` to the transaction, under `token`.
    ///
    /// - Throws: ``TransactionFailure``; `memberFenced` when the group does not know the token.
    func sendPositions(
        _ positions: [TopicPartition: CommittedPosition], group: String, _ token: MembershipToken
    ) throws(TransactionFailure)

    /// Commits.
    ///
    /// - Throws: ``TransactionFailure``: `retriable` when it may be called again, `outcomeUnknown`, or another when it is
    ///   certain that nothing was committed.
    func commit() throws(TransactionFailure)

    /// Aborts.
    ///
    /// - Throws: ``TransactionFailure``.
    func abort() throws(TransactionFailure)
}

/// Why a transaction did not go on, by what must be done about it.
struct TransactionFailure: Error {
    enum Kind: Sendable, Hashable {
        /// The same call may be made again.
        case retriable
        /// The transaction must be aborted; the same content may go into another.
        case abortable
        /// The record of this `send` (by number) is not taken, now or later: abort, commit the others.
        case refused(send: Int)
        /// The group does not know the token: abort; a new token or the loss of the tasks is on its way.
        case memberFenced
        /// The producer is of no use any more: another has its id, or its transaction timed out. Nothing was committed.
        case producerFenced
        /// The commit may have happened or not, and may still happen.
        case outcomeUnknown
    }

    let kind: Kind
    let error: EventLogError
}
