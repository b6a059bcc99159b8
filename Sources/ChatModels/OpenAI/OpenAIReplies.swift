import JSON
import StreamCore

/// Reads answers of the OpenAI interface that came as a whole.
enum OpenAIReplies {
    static func reply(_ answer: JSONValue) throws(ChatModelError) -> ChatReply {
        if let error = answer["error"], error != .null { throw OpenAIFailure.read(error) }
        guard let choice = answer["choices"]?.elements?.first, let message = choice["message"] else {
            throw ChatModelError(.malformed, "an answer without choices: \(answer.text.prefix(200))")
        }
        let calls = (message["tool_calls"]?.elements ?? []).enumerated().map { index, call in
            ToolCall(
                id: call["id"]?.stringValue ?? "call-\(index)", name: call["function"]?["name"]?.stringValue ?? "",
                arguments: arguments(call["function"]?["arguments"]))
        }
        let reason = choice["finish_reason"]?.stringValue
        return ChatReply(
            .assistant(text(message), toolCalls: calls),
            finishReason: reason.map { FinishReason($0) } ?? (calls.isEmpty ? .stop : .toolCalls),
            usage: usage(answer["usage"]), model: answer["model"]?.stringValue ?? "",
            id: answer["id"]?.stringValue ?? "")
    }

    /// Text, or what a model says when it refuses.
    private static func text(_ message: JSONValue) -> String {
        if let parts = message["content"]?.elements {
            return parts.compactMap { $0["text"]?.stringValue }.joined()
        }
        return message["content"]?.stringValue ?? message["refusal"]?.stringValue ?? ""
    }

    /// JSON as text; some servers send it as JSON.
    static func arguments(_ value: JSONValue?) -> String {
        guard let value, value != .null else { return "" }
        return value.stringValue ?? value.text
    }

    static func usage(_ value: JSONValue?) -> TokenUsage? {
        func count(_ value: JSONValue?) -> Int { Int(clamping: max(0, value?.integerValue ?? 0)) }
        guard let value, value.members != nil else { return nil }
        return TokenUsage(
            input: count(value["prompt_tokens"]),
            cachedInput: count(value["prompt_tokens_details"]?["cached_tokens"]),
            output: count(value["completion_tokens"]))
    }
}
