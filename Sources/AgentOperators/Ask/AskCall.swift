import StreamCore

/// A call that is under way.
package struct AskCall: Sendable {
    /// Tells whoever answers that nobody waits any more.
    package let cancel: @Sendable () -> Void

    /// A call that `cancel` ends.
    package init(cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }
}

/// Begins a call and hands its result over once, on whatever thread; how calls are really made is a Swift task, a
/// simulation decides by itself when an answer comes.
package typealias AskStarter<Request, Reply> =
    @Sendable (
        Request, AskContext, @escaping @Sendable (Result<Reply, any Error>) -> Void
    ) -> AskCall

/// Runs `handler` as a task on threads of the agents' own.
func asTask<Request: Sendable, Reply: Sendable>(
    _ handler: @escaping @Sendable (Request, AskContext) async throws -> Reply
) -> AskStarter<Request, Reply> {
    { request, context, finish in
        let task = Task(executorPreference: BlockingExecutor.agents) {
            let result: Result<Reply, any Error>
            do {
                result = .success(try await handler(request, context))
            } catch {
                result = .failure(error)
            }
            finish(result)
        }
        return AskCall { task.cancel() }
    }
}
