public import ChatModels
public import StreamCore

/// What came of a run.
public struct ReActAnswer: Sendable, Hashable, Codable {
    /// The answer.
    public var text: String
    /// What was said on the way: answers, tool calls, results; to be kept with the conversation.
    public var messages: [ChatMessage]
    /// What all calls of the model cost.
    public var usage: TokenUsage
    /// How often the model was asked.
    public var turns: Int
    /// Why the last answer ended; `length` means that its end is missing.
    public var finishReason: FinishReason

    /// An answer.
    public init(
        text: String, messages: [ChatMessage], usage: TokenUsage, turns: Int, finishReason: FinishReason
    ) {
        self.text = text
        self.messages = messages
        self.usage = usage
        self.turns = turns
        self.finishReason = finishReason
    }
}

/// What happens in a run.
public enum ReActEvent: Sendable, Hashable {
    /// A part of the model's answer in this turn.
    case delta(turn: Int, ChatDelta)
    /// A tool begins.
    case calling(ToolCall)
    /// What came of it.
    case called(ToolCall, ToolOutcome)
}

/// Why a run has no answer.
public struct ReActFailure: AskRetryable, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable, Codable {
        /// The model still wanted tools when its turns were over.
        case turnsExhausted
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in words.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The journal would bring the same again.
    public var isRetryable: Bool { false }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}
