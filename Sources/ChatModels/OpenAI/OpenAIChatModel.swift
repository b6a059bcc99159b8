import JSON
import StreamCore

/// A chat model behind the OpenAI interface: `chat/completions`, as a whole or by server-sent events.
public struct OpenAIChatModel: ChatModel {
    /// The model's name, as the server knows it.
    public let name: String
    private let endpoint: OpenAIEndpoint

    /// The model `name` at `endpoint`.
    public init(_ name: String, at endpoint: OpenAIEndpoint) {
        self.name = name
        self.endpoint = endpoint
    }

    /// Answers as a whole.
    ///
    /// - Throws: ``ChatModelError``; `CancellationError` when the task is cancelled, which ends the call.
    public func complete(_ request: ChatRequest) async throws -> ChatReply {
        var format = endpoint.knownFormat
        while true {
            do {
                let answer = try await endpoint.post(
                    "chat/completions", OpenAIMessages.body(request, model: name, isStreamed: false, format: format),
                    idempotencyKey: request.idempotencyKey, deadline: request.deadline)
                return try OpenAIReplies.reply(answer)
            } catch let error as ChatModelError {
                guard let simpler = endpoint.simplerFormat(than: format, after: error) else {
                    throw endpoint.hiding(error)
                }
                format = simpler
            }
        }
    }

    /// Answers part by part, as server-sent events bring them; the call begins with the first part that is asked for.
    public func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error> {
        let reader = OpenAIStream(endpoint, model: name, request)
        // Without a task of its own: the parts are read where they are wanted.
        return AsyncThrowingStream { try await reader.next() }
    }
}
