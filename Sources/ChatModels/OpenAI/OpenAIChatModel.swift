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
        let answer = try await endpoint.post(
            "chat/completions", OpenAIMessages.body(request, model: name, isStreamed: false),
            idempotencyKey: request.idempotencyKey, deadline: request.deadline)
        do {
            return try OpenAIReplies.reply(answer)
        } catch {
            throw endpoint.hiding(error)
        }
    }

    /// Answers part by part, as server-sent events bring them; letting go of the stream ends the call.
    public func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ChatDelta.self)
        let task = Task {
            do {
                try await read(request) { continuation.yield($0) }
                continuation.finish()
            } catch let error as ChatModelError {
                continuation.finish(throwing: endpoint.hiding(error))
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    private func read(_ request: ChatRequest, _ yield: (ChatDelta) -> Void) async throws {
        let events = try endpoint.post(
            "chat/completions", OpenAIMessages.body(request, model: name, isStreamed: true),
            idempotencyKey: request.idempotencyKey, deadline: request.deadline, accept: "text/event-stream")
        var head: HTTPHead?
        var refusal: [UInt8] = []
        var parser = ServerSentEventParser()
        var chunks = OpenAIChunks()
        for try await event in events {
            switch event {
            case .head(let new): head = new
            case .body(let data):
                guard head?.status == 200 else {
                    refusal.append(contentsOf: data)
                    continue
                }
                for event in try parser.feed(data) {
                    for delta in try chunks.deltas(of: event) { yield(delta) }
                }
            }
        }
        try Task.checkCancellation()
        guard let head else { throw ChatModelError(.malformed, "an answer without a status") }
        guard head.status == 200 else { throw endpoint.failure(head, refusal) }
        guard chunks.isFinished else { throw ChatModelError(.cut, "the answer stopped before its end") }
    }
}
