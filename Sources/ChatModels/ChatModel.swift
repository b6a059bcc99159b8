/// Something that answers conversations: a language model, or what stands for one.
public protocol ChatModel: Sendable {
    /// The model's name, by which prices and limits know it.
    var name: String { get }

    /// Answers as a whole.
    ///
    /// - Throws: ``ChatModelError``; `CancellationError` when the task is cancelled, which ends the call.
    func complete(_ request: ChatRequest) async throws -> ChatReply

    /// Answers part by part; letting go of the stream ends the call.
    ///
    /// The stream throws as ``complete(_:)`` does. What came before an error is not the answer.
    func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error>
}

extension ChatModel {
    /// Answers part by part, shows each part to `observe`, and gives the whole.
    ///
    /// - Throws: as ``complete(_:)``.
    public func complete(
        _ request: ChatRequest, observe: @Sendable (ChatDelta) async -> Void
    ) async throws -> ChatReply {
        var assembler = ChatReplyAssembler()
        for try await delta in stream(request) {
            assembler.add(delta)
            await observe(delta)
        }
        // A stream ends quietly when its reader is cancelled.
        try Task.checkCancellation()
        guard assembler.isComplete else {
            throw ChatModelError(.cut, "the answer stopped before its end")
        }
        return assembler.reply
    }
}
