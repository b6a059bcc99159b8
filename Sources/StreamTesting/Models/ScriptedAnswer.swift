import ChatModels
import JSON
import StreamCore

/// Writes answers as the OpenAI interface does.
enum ScriptedAnswer {
    static func error(code: String, message: String) -> JSONValue {
        [
            "error": [
                "message": .string(message), "type": "scripted", "param": .null,
                "code": code.isEmpty ? .null : .string(code),
            ]
        ]
    }

    static func whole(_ reply: ChatReply, model: String, id: String) -> JSONValue {
        var message = [JSONMember("role", "assistant"), JSONMember("content", .string(reply.message.content))]
        if !reply.message.toolCalls.isEmpty {
            let calls = reply.message.toolCalls.map { call in
                JSONValue.object([
                    JSONMember("id", .string(call.id)), JSONMember("type", "function"),
                    JSONMember("function", function(name: call.name, arguments: call.arguments)),
                ])
            }
            message.append(JSONMember("tool_calls", .array(calls)))
        }
        let choice: JSONValue = [
            "index": 0, "message": .object(message), "finish_reason": .string(reply.finishReason.name),
        ]
        return [
            "id": .string(id), "object": "chat.completion", "model": .string(model), "choices": [choice],
            "usage": usage(reply.usage ?? TokenUsage()),
        ]
    }

    /// The events of an answer in parts: text first, then calls, the reason, the usage, the end.
    static func events(_ reply: ChatReply, model: String, id: String, fragment: Int) -> [String] {
        var deltas: [JSONValue] = [["role": "assistant", "content": ""]]
        deltas += pieces(reply.message.content, fragment).map { ["content": .string($0)] }
        for (index, call) in reply.message.toolCalls.enumerated() {
            let number = JSONValue.integer(Int64(index))
            let opening: JSONValue = [
                "index": number, "id": .string(call.id), "type": "function",
                "function": function(name: call.name, arguments: ""),
            ]
            deltas.append(["tool_calls": [opening]])
            for piece in pieces(call.arguments, fragment) {
                deltas.append([
                    "tool_calls": [["index": number, "function": ["arguments": .string(piece)]]]
                ])
            }
        }
        func chunk(_ delta: JSONValue, _ reason: JSONValue) -> JSONValue {
            [
                "id": .string(id), "object": "chat.completion.chunk", "model": .string(model),
                "choices": [["index": 0, "delta": delta, "finish_reason": reason]],
            ]
        }
        let last: JSONValue = [
            "id": .string(id), "object": "chat.completion.chunk", "model": .string(model), "choices": [],
            "usage": usage(reply.usage ?? TokenUsage()),
        ]
        let chunks = deltas.map { chunk($0, .null) } + [chunk([:], .string(reply.finishReason.name)), last]
        return chunks.map { "data: \($0.text)\n\n" } + ["data: [DONE]\n\n"]
    }

    private static func function(name: String, arguments: String) -> JSONValue {
        ["name": .string(name), "arguments": .string(arguments)]
    }

    private static func usage(_ usage: TokenUsage) -> JSONValue {
        [
            "prompt_tokens": .integer(Int64(usage.input)), "completion_tokens": .integer(Int64(usage.output)),
            "total_tokens": .integer(Int64(usage.total)),
            "prompt_tokens_details": ["cached_tokens": .integer(Int64(usage.cachedInput))],
        ]
    }

    private static func pieces(_ text: String, _ count: Int) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// A vector of 16 numbers and length 1 that says which words a text has, roughly.
    static func vector(_ text: String) -> [Float] {
        var vector = [Float](repeating: 0.01, count: 16)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            vector[Int(word.utf8.reduce(UInt32(17)) { $0 &* 31 &+ UInt32($1) } % 16)] += 1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }
}
