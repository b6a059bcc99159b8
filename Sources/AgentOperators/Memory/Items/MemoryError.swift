/// What a memory refuses, and why.
public struct MemoryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of refusal.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable {
        /// Content that is not what its MIME type says.
        case invalidContent
        /// An identifier or session that is empty or too long.
        case invalidName
        /// An item larger than a session may be, or than a record of the changelog.
        case tooLarge
        /// A search by meaning without a vector, in a memory that cannot make one at once.
        case missingVector
        /// An index failed; it is made anew by the next search.
        case searchFailed
        /// The owner did not take an item: it had expired on arrival, or was dropped to keep the session within its bounds.
        case refused
        /// The owner has not answered in time; what was asked for may still happen.
        case timedOut
        /// There is no such memory on this log.
        case unknownMemory
        /// The client was closed.
        case closed
        /// The log failed.
        case log
    }

    /// The kind of refusal.
    public let code: Code
    /// What happened and what to do.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
