/// What a model answered.
public struct ChatReply: Sendable, Hashable, Codable {
    /// The answer: text, or tools to call, or both.
    public var message: ChatMessage
    /// Why it ended.
    public var finishReason: FinishReason
    /// What it cost in tokens; nil when the model does not say.
    public var usage: TokenUsage?
    /// The model that answered, by its own account.
    public var model: String
    /// The answer's name at the model's.
    public var id: String

    /// A reply.
    public init(
        _ message: ChatMessage, finishReason: FinishReason = .stop, usage: TokenUsage? = nil, model: String = "",
        id: String = ""
    ) {
        self.message = message
        self.finishReason = finishReason
        self.usage = usage
        self.model = model
        self.id = id
    }
}

/// Why an answer ended.
public enum FinishReason: Sendable, Hashable, Codable {
    /// It is complete.
    case stop
    /// It reached the limit of tokens: its end is missing.
    case length
    /// The model waits for tools.
    case toolCalls
    /// The provider held back what the model said.
    case contentFilter
    /// Something else, by the model's word.
    case other(String)

    /// The reason of this name in the OpenAI interface.
    public init(_ name: String) {
        switch name {
        case "stop": self = .stop
        case "length": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case "content_filter": self = .contentFilter
        default: self = .other(name)
        }
    }

    /// The reason's name in the OpenAI interface.
    public var name: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .contentFilter: "content_filter"
        case .other(let name): name
        }
    }

    /// Reads the name.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// What calls cost in tokens.
public struct TokenUsage: Sendable, Hashable, Codable {
    /// Tokens read.
    public var input: Int
    /// How many of those came from the provider's cache.
    public var cachedInput: Int
    /// Tokens written.
    public var output: Int

    /// A usage.
    public init(input: Int = 0, cachedInput: Int = 0, output: Int = 0) {
        self.input = input
        self.cachedInput = cachedInput
        self.output = output
    }

    /// Tokens read and written.
    public var total: Int { input.addingReportingOverflow(output).overflow ? .max : input + output }

    /// The sum of two usages; stops at the largest number.
    public static func + (left: TokenUsage, right: TokenUsage) -> TokenUsage {
        func sum(_ left: Int, _ right: Int) -> Int {
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
        return TokenUsage(
            input: sum(left.input, right.input), cachedInput: sum(left.cachedInput, right.cachedInput),
            output: sum(left.output, right.output))
    }
}
