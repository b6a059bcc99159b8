/// Why a model gave no assessment, and whether asking again can help.
struct ChatFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; more may come.
    enum Code: String, Sendable, Hashable {
        /// The model answered something else than an assessment.
        case malformedReply
        /// Too many requests (HTTP 429).
        case rateLimited
        /// The account has no credit left (HTTP 429 with code `insufficient_quota`).
        case quotaExhausted
        /// The server cannot answer now (HTTP 5xx, 408, 409, 425).
        case unavailable
        /// No answer within the time limit.
        case timedOut
        /// No connection, or one that broke.
        case unreachable
        /// The server's certificate is not to be trusted.
        case untrustedServer
        /// The key is missing, wrong, or may not do this (HTTP 401, 403).
        case unauthorized
        /// No such model, or no such path (HTTP 404).
        case notFound
        /// The server wants the request elsewhere (HTTP 3xx).
        case redirected
        /// The request was refused for another reason (other HTTP 4xx).
        case refused
        /// A setting is missing or makes no sense.
        case invalidSettings
    }

    /// The kind of failure.
    let code: Code
    /// What happened, with names and values, and what to do; never a key.
    let message: String
    /// How long the server asks to wait before the next attempt.
    let retryAfter: Duration?

    /// A failure.
    init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Whether the same question may be answered later.
    var isRetryable: Bool {
        switch code {
        case .malformedReply, .rateLimited, .unavailable, .timedOut, .unreachable: true
        case .quotaExhausted, .untrustedServer, .unauthorized, .notFound, .redirected, .refused, .invalidSettings: false
        }
    }

    var description: String { message }
}
