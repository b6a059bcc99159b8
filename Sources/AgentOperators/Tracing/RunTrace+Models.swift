import ChatModels
import JSON
import Observability
import StreamCore

extension RunTrace {
    /// Asks a model as a span `chat <model>`.
    static func chat(
        _ model: String, _ request: ChatRequest, key: String, _ body: () async throws -> ChatReply
    ) async throws -> ChatReply {
        let attributes: [Span.Attribute] = [
            .init(SpanNames.operation, "chat"), .init(SpanNames.requestModel, model),
        ]
        return try await span(
            SpanNames.chat(model), .client, key: key, attributes,
            result: { (reply: ChatReply, mayTell: Bool) in
                var known: [Span.Attribute] = [
                    .init(SpanNames.finishReasons, .texts(["\(reply.finishReason)"]))
                ]
                if let usage = reply.usage {
                    known.append(.init(SpanNames.inputTokens, usage.input))
                    known.append(.init(SpanNames.outputTokens, usage.output))
                }
                if mayTell {
                    known.append(.init(SpanNames.inputMessages, content(of: request.messages)))
                    known.append(.init(SpanNames.outputMessages, content(of: [reply.message])))
                }
                return known
            }, body)
    }

    /// Runs a tool as a span `execute_tool <name>`.
    static func tool<Value>(_ call: ToolCall, key: String, _ body: () async throws -> Value) async throws -> Value {
        let attributes: [Span.Attribute] = [
            .init(SpanNames.operation, "execute_tool"), .init(SpanNames.toolName, call.name),
            .init(SpanNames.toolCall, call.id),
        ]
        return try await span(
            SpanNames.executeTool(call.name), .internal, key: key, attributes, result: { _, _ in [] }, body)
    }

    /// What was said, as JSON in the conventions' form.
    private static func content(of messages: [ChatMessage]) -> String {
        JSONValue.array(
            messages.map { message in
                [
                    "role": .string(message.role.rawValue),
                    "parts": [["type": "text", "content": .string(message.content)]],
                ]
            }
        ).text
    }
}
