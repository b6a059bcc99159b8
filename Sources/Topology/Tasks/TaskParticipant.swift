public import StreamCore

/// Something that lives with a task beside its record path: an operator that waits for the world outside.
///
/// All calls come on the task's thread. What it hears from elsewhere it keeps behind a lock of its own and then calls
/// ``TaskContext/wake``.
public protocol TaskParticipant: AnyObject {
    /// The task's state is restored; its first record comes after this.
    ///
    /// - Throws: what its store throws.
    func started() throws

    /// Takes in what has arrived and what is due, and forwards it; returns whether there was anything.
    ///
    /// - Throws: what the steps below it throw.
    func advance(now: Timestamp) throws -> Bool

    /// All that was forwarded and stored before is durable now.
    ///
    /// - Throws: what its store throws.
    func committed(now: Timestamp) throws

    /// Whether it has no room: the inputs that feed it are not read meanwhile.
    var isFull: Bool { get }

    /// Whether it still waits for something, so that the application is not idle.
    var isWaiting: Bool { get }

    /// How many requests of it are open, for people.
    var openRequests: Int { get }

    /// When ``advance(now:)`` has something to do even if nothing arrives; nil when never.
    var nextDue: Timestamp? { get }

    /// The task is about to leave: start nothing new, the next commit is its last here.
    func leaving()

    /// The task leaves this thread for good, cleanly or not: cancel whatever is under way.
    func ended()
}

extension TaskParticipant {
    /// None.
    public var openRequests: Int { 0 }
}
