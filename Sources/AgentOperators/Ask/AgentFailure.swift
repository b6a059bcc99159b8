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
        /// Parts of a reply that came in pieces are missing.
        case incomplete
        /// The handler's code is not that which wrote the request's journal.
        case changed

        /// Whether the same request may succeed later, where nobody says otherwise.
        var isRetryable: Bool {
            switch self {
            case .timedOut, .failed, .interrupted, .incomplete: true
            case .refused, .undeliverable, .cancelled, .changed: false
            }
        }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words.
    public let message: String
    /// How often the agent was called in this process.
    public let attempts: Int
    /// The request's idempotency key.
    public let idempotencyKey: String
    /// What a remote agent called its failure; nil when it said nothing.
    public let remoteCode: String?
    /// Whether the same request may succeed later: what the agent said, else what the code means.
    public let isRetryable: Bool
    /// What else a remote agent said of its failure, as JSON text.
    public let details: String?

    /// A failure; whether it is retryable follows from its code when it is not said.
    public init(
        _ code: Code, _ message: String, attempts: Int, idempotencyKey: String, remoteCode: String? = nil,
        isRetryable: Bool? = nil, details: String? = nil
    ) {
        self.code = code
        self.message = message
        self.attempts = attempts
        self.idempotencyKey = idempotencyKey
        self.remoteCode = remoteCode
        self.isRetryable = isRetryable ?? code.isRetryable
        self.details = details
    }

    /// Reads a failure; fields that older versions did not write follow from the others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try fields.decode(Code.self, forKey: .code), try fields.decode(String.self, forKey: .message),
            attempts: try fields.decode(Int.self, forKey: .attempts),
            idempotencyKey: try fields.decode(String.self, forKey: .idempotencyKey),
            remoteCode: try fields.decodeIfPresent(String.self, forKey: .remoteCode),
            isRetryable: try fields.decodeIfPresent(Bool.self, forKey: .isRetryable),
            details: try fields.decodeIfPresent(String.self, forKey: .details))
    }

    /// The code, how often it was tried, and the message.
    public var description: String {
        "\(code.rawValue) after \(attempts) \(attempts == 1 ? "try" : "tries"): \(message)"
    }
}

extension AgentFailure: AskRetryable {
    /// What a handler that threw `error` comes to: what it, or whoever it asked, says of itself is kept.
    init(_ code: Code, of error: any Error, attempts: Int, idempotencyKey: String) {
        switch error {
        case let error as AgentError:
            self.init(
                code, error.message, attempts: attempts, idempotencyKey: idempotencyKey, remoteCode: error.code,
                isRetryable: error.isRetryable, details: error.details)
        case let failure as AgentFailure:
            self.init(
                code, failure.message, attempts: attempts, idempotencyKey: idempotencyKey,
                remoteCode: failure.remoteCode ?? failure.code.rawValue, isRetryable: failure.isRetryable,
                details: failure.details)
        default: self.init(code, "\(error)", attempts: attempts, idempotencyKey: idempotencyKey)
        }
    }
}

/// An error that an agent throws to tell its asker, wherever that is, what went wrong.
public struct AgentError: AskRetryable, Hashable, CustomStringConvertible {
    /// A short name that programs can compare.
    public var code: String
    /// What happened, in words.
    public var message: String
    /// Whether the same request may succeed later.
    public var isRetryable: Bool
    /// How long the agent asks to be left alone; nil when it does not say.
    public var retryAfter: Duration?
    /// What else there is to say, as JSON text.
    public var details: String?

    /// An error.
    public init(
        _ code: String, _ message: String, isRetryable: Bool = false, retryAfter: Duration? = nil,
        details: String? = nil
    ) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.details = details
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}
