/// A message of a conversation with a model.
public struct ChatMessage: Sendable, Hashable, Codable {
    /// Who speaks.
    public enum Role: String, Sendable, Hashable, Codable {
        /// Whoever runs the model: instructions.
        case system
        /// Whoever asks.
        case user
        /// The model.
        case assistant
        /// A tool, with the result of a call.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// The text; empty when the model only calls tools.
    public var content: String
    /// Addresses of images, `https:` or `data:`; only a user shows some.
    public var images: [String]
    /// The tools that the model wants called.
    public var toolCalls: [ToolCall]
    /// The call that this is the result of; nil unless a tool speaks.
    public var toolCallID: String?

    /// A message.
    public init(
        _ role: Role, _ content: String, images: [String] = [], toolCalls: [ToolCall] = [], toolCallID: String? = nil
    ) {
        self.role = role
        self.content = content
        self.images = images
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
    }

    /// Instructions for the model.
    public static func system(_ content: String) -> ChatMessage { ChatMessage(.system, content) }

    /// What a user says and shows.
    public static func user(_ content: String, images: [String] = []) -> ChatMessage {
        ChatMessage(.user, content, images: images)
    }

    /// What the model said.
    public static func assistant(_ content: String, toolCalls: [ToolCall] = []) -> ChatMessage {
        ChatMessage(.assistant, content, toolCalls: toolCalls)
    }

    /// What came of the call `id`.
    public static func tool(_ result: String, for id: String) -> ChatMessage {
        ChatMessage(.tool, result, toolCallID: id)
    }
}

/// A tool that the model wants called.
public struct ToolCall: Sendable, Hashable, Codable {
    /// The model's name for this call.
    public var id: String
    /// The tool's name, which may be none that exists.
    public var name: String
    /// The arguments as the model wrote them: meant to be a JSON object, not yet checked.
    public var arguments: String

    /// A call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
