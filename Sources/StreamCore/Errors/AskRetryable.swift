/// An error that says whether trying again can help.
public protocol AskRetryable: Error {
    /// Whether the same request may succeed later.
    var isRetryable: Bool { get }
    /// How long the target asks to be left alone; nil when it does not say.
    var retryAfter: Duration? { get }
}

extension AskRetryable {
    /// Nothing is asked for.
    public var retryAfter: Duration? { nil }
}
