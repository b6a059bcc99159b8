import JSON
import StreamCore

/// Reads the events of an answer that comes in parts.
struct OpenAIChunks {
    private var hasStarted = false
    private var hasReason = false
    private var isOver = false
    /// The ids of the tool calls, by our number.
    private var ids: [String] = []
    /// Our number of the call that the server last gave this number.
    private var numbers: [Int64: Int] = [:]

    /// Whether the answer came to its end.
    var isFinished: Bool { hasReason }

    mutating func deltas(of event: ServerSentEvent) throws -> [ChatDelta] {
        if event.data == "[DONE]" {
            isOver = true
            return []
        }
        guard !isOver else { return [] }
        let chunk: JSONValue
        do {
            chunk = try JSONValue(parsing: event.data)
        } catch {
            throw ChatModelError(.malformed, "an event is not JSON: \(error)")
        }
        if let error = chunk["error"], error != .null { throw OpenAIFailure.read(error) }
        guard chunk["choices"]?.elements != nil || chunk["usage"] != nil else {
            throw ChatModelError(.malformed, "an event without choices: \(chunk.text.prefix(200))")
        }
        return read(chunk)
    }

    private mutating func read(_ chunk: JSONValue) -> [ChatDelta] {
        var deltas: [ChatDelta] = []
        if !hasStarted, let model = chunk["model"]?.stringValue {
            hasStarted = true
            deltas.append(.start(model: model, id: chunk["id"]?.stringValue ?? ""))
        }
        if let choice = chunk["choices"]?.elements?.first {
            let delta = choice["delta"]
            if let text = delta?["content"]?.stringValue, !text.isEmpty { deltas.append(.text(text)) }
            if let text = delta?["refusal"]?.stringValue, !text.isEmpty { deltas.append(.text(text)) }
            for call in delta?["tool_calls"]?.elements ?? [] { deltas.append(read(call: call)) }
            if let reason = choice["finish_reason"]?.stringValue, !hasReason {
                hasReason = true
                deltas.append(.finish(FinishReason(reason)))
            }
        }
        if let usage = OpenAIReplies.usage(chunk["usage"]) { deltas.append(.usage(usage)) }
        return deltas
    }

    /// Compatible servers leave numbers out, or give every call number 0: another id is another call.
    private mutating func read(call: JSONValue) -> ChatDelta {
        let id = call["id"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        let theirs = call["index"]?.integerValue ?? Int64(max(0, id == nil ? ids.count - 1 : ids.count))
        var isNew = false
        let ours: Int
        if let known = numbers[theirs], id == nil || ids[known] == id || ids[known].isEmpty {
            ours = known
            if let id { ids[known] = id }
        } else {
            isNew = true
            ours = ids.count
            ids.append(id ?? "")
            numbers[theirs] = ours
        }
        return .toolCall(
            index: ours, id: isNew ? id ?? "call-\(ours)" : id,
            name: call["function"]?["name"]?.stringValue,
            arguments: OpenAIReplies.arguments(call["function"]?["arguments"]))
    }
}
