/// A part of an answer that comes in parts; parts never repeat what earlier ones brought.
public enum ChatDelta: Sendable, Hashable {
    /// Which model answers, and the answer's name there; first, when the model says so.
    case start(model: String, id: String)
    /// More text.
    case text(String)
    /// More of the tool call number `index`: its id and name come once, its arguments in fragments.
    case toolCall(index: Int, id: String?, name: String?, arguments: String)
    /// The answer is complete.
    case finish(FinishReason)
    /// What it cost; last, when the model says so.
    case usage(TokenUsage)
}

/// Puts the parts of an answer together.
public struct ChatReplyAssembler: Sendable {
    private var text = ""
    private var calls: [Int: ToolCall] = [:]
    private var finish: FinishReason?
    private var usage: TokenUsage?
    private var model = ""
    private var id = ""

    /// Nothing yet.
    public init() {}

    /// Adds the next part.
    public mutating func add(_ delta: ChatDelta) {
        switch delta {
        case .start(let model, let id): (self.model, self.id) = (model, id)
        case .text(let more): text += more
        case .toolCall(let index, let id, let name, let arguments):
            var call = calls[index] ?? ToolCall(id: "", name: "", arguments: "")
            if let id, !id.isEmpty { call.id = id }
            if let name { call.name += name }
            call.arguments += arguments
            calls[index] = call
        case .finish(let reason): finish = reason
        case .usage(let usage): self.usage = usage
        }
    }

    /// Whether the part has come that says why the answer ended.
    public var isComplete: Bool { finish != nil }

    /// The answer so far.
    public var reply: ChatReply {
        let calls = calls.sorted { $0.key < $1.key }.map(\.value)
        return ChatReply(
            .assistant(text, toolCalls: calls), finishReason: finish ?? (calls.isEmpty ? .stop : .toolCalls),
            usage: usage, model: model, id: id)
    }
}
