public import StreamCore

/// What a tool knows of the call at hand.
public struct ToolContext: Sendable {
    /// The same at every try of this call, after a crash too: hand it to whatever has side effects.
    public let idempotencyKey: String
    /// Whether an earlier run may have done it already, because a crash left that open.
    public let isRepeated: Bool
    /// Which try this is in this run, from 1.
    public let attempt: Int
    /// When nobody waits any more.
    public let deadline: Timestamp

    /// A context.
    public init(idempotencyKey: String, isRepeated: Bool = false, attempt: Int = 1, deadline: Timestamp = .latest) {
        self.idempotencyKey = idempotencyKey
        self.isRepeated = isRepeated
        self.attempt = attempt
        self.deadline = deadline
    }
}

/// What came of a tool call, as the model is told and the journal keeps it.
public enum ToolOutcome: Sendable, Hashable, Codable {
    /// What the tool gave: text, or JSON.
    case result(String)
    /// The tool failed; whether the same call may succeed later.
    case failed(String, isRetryable: Bool)
    /// The call was not made: no such tool, wrong arguments, nobody allowed it.
    case refused(String)

    /// What the model is told.
    public var text: String {
        switch self {
        case .result(let text): text
        case .failed(let message, let isRetryable):
            "The tool failed: \(message)\(isRetryable ? " The same call may succeed later." : " The same call will fail again.")"
        case .refused(let message): "The tool was not called: \(message)"
        }
    }
}
