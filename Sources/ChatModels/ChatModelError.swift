public import StreamCore

/// Why a model did not answer.
public struct ChatModelError: AskRetryable, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable, Codable {
        /// No answer in time, or no byte of it for too long.
        case timedOut
        /// No connection.
        case unreachable
        /// The server does not prove who it is.
        case untrusted
        /// The connection broke, or the answer stopped before its end.
        case cut
        /// Too many requests or tokens in a time; ``ChatModelError/retryAfter`` says when to come again.
        case rateLimited
        /// The provider's trouble, status 500 and above.
        case overloaded
        /// The key is wrong or does not allow this.
        case unauthorized
        /// No such model, or no such address.
        case notFound
        /// The provider does not understand the request.
        case invalidRequest
        /// The conversation is too long for the model.
        case contextLength
        /// The provider refuses to answer this.
        case contentFilter
        /// The account with the provider is empty.
        case quotaExceeded
        /// The answer is not what the interface says.
        case malformed
        /// The answer is larger than is taken.
        case tooLarge
        /// The answer does not keep to the schema, asked again too.
        case invalidOutput
        /// A budget is used up.
        case budgetExceeded
        /// Limits would let the call start only after its deadline, or too many wait already.
        case limited
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words, without secrets.
    public let message: String
    /// The status of the HTTP answer; nil when there was none.
    public let status: Int?
    /// How long to wait before another try; nil when nobody said.
    public let retryAfter: Duration?

    /// A failure.
    public init(_ code: Code, _ message: String, status: Int? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    /// Whether the same request may succeed later; a used-up budget allows it after ``retryAfter`` when its window ends.
    public var isRetryable: Bool {
        switch code {
        case .timedOut, .unreachable, .cut, .rateLimited, .overloaded, .malformed, .limited: true
        case .budgetExceeded: retryAfter != nil
        case .untrusted, .unauthorized, .notFound, .invalidRequest, .contextLength, .contentFilter, .quotaExceeded,
            .tooLarge,
            .invalidOutput:
            false
        }
    }

    /// The code, the status and the message.
    public var description: String { "\(code.rawValue)\(status.map { " (\($0))" } ?? ""): \(message)" }
}
