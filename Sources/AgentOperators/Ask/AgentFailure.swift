/// Why a request has no answer: data on the stream, not an error that stops it.
public struct AgentFailure: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// The kinds of failure.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable, Codable {
        /// No answer before the deadline.
        case timedOut
        /// The agent failed, and another try would not help.
        case refused
        /// The agent failed at every try.
        case failed
        /// The request could not be given to the agent.
        case undeliverable
        /// A call that must happen at most once was under way when its process died.
        case interrupted
        /// Somebody took the request back.
        case cancelled
        /// The handler's code is not that which wrote the request's journal.
        case changed
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words.
    public let message: String
    /// How often the agent was called in this process.
    public let attempts: Int
    /// The request's idempotency key.
    public let idempotencyKey: String

    /// A failure.
    public init(_ code: Code, _ message: String, attempts: Int, idempotencyKey: String) {
        self.code = code
        self.message = message
        self.attempts = attempts
        self.idempotencyKey = idempotencyKey
    }

    /// The code, how often it was tried, and the message.
    public var description: String {
        "\(code.rawValue) after \(attempts) \(attempts == 1 ? "try" : "tries"): \(message)"
    }
}
