/// Something slow that answers requests: a model, a service, a person behind a screen.
///
/// Its calls run beside the stream, as Swift concurrency tasks; several at once, on one instance. A call may happen again
/// after a crash, with the same ``AskContext/idempotencyKey``: hand that key to whatever has side effects.
public protocol Agent: Sendable {
    /// What it is asked.
    associatedtype Request: Sendable
    /// What it answers.
    associatedtype Reply: Sendable

    /// Answers one request.
    ///
    /// - Throws: anything; an error that says so by ``AskRetryable`` is not tried again, any other is, as the retry policy
    ///   allows. Cancellation means that nobody waits any more.
    func handle(_ request: Request, _ context: AskContext) async throws -> Reply
}

/// An agent that can be named by its type, because it needs nothing to start with.
public protocol DefaultAgent: Agent {
    /// An agent; made once for the process.
    init() throws
}
