public import ChatModels

/// A conversation asked of a stream: `.ask(agent, named: "answer")`.
extension ReActAgent: Agent {
    /// Goes on with the conversation; what it does is journalled by the step that asks.
    ///
    /// - Throws: as ``run(_:in:accounts:)``.
    public func handle(_ request: [ChatMessage], _ context: AskContext) async throws -> ReActAnswer {
        try await run(request, in: context)
    }
}
