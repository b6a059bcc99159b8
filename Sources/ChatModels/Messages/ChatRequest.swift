public import JSON
public import StreamCore

/// What a model is asked.
public struct ChatRequest: Sendable, Hashable {
    /// Whether the model may, must or must not call tools.
    public enum ToolChoice: Sendable, Hashable {
        /// As it likes.
        case auto
        /// None.
        case none
        /// At least one.
        case required
        /// The one of this name.
        case named(String)
    }

    /// What the answer's text is.
    public enum Format: Sendable, Hashable {
        /// Text.
        case text
        /// A JSON object, whatever is in it.
        case json
        /// JSON that `schema` describes; models that know no schemas do not keep to it, so check.
        case schema(name: String, JSONSchema)
    }

    /// The conversation so far.
    public var messages: [ChatMessage]
    /// The tools that the model may want called.
    public var tools: [ToolDeclaration]
    /// Whether it may, must or must not; of no consequence without tools.
    public var toolChoice: ToolChoice
    /// What the answer's text is.
    public var format: Format
    /// How freely the model chooses, from 0; nil leaves it to the model.
    public var temperature: Double?
    /// How many tokens the answer may have; nil leaves it to the model.
    public var maxTokens: Int?
    /// Texts that end the answer.
    public var stop: [String]
    /// What chance starts from, for models that can repeat themselves.
    public var seed: Int64?
    /// What else the model's interface takes, as members of the request's JSON.
    public var extra: [JSONMember]
    /// The same at every try of the same request, sent as `Idempotency-Key`.
    public var idempotencyKey: String?
    /// When nobody waits for the answer any more.
    public var deadline: Timestamp?
    /// Who pays, for budgets: for example `tenant/acme` and `agent/support`.
    public var accounts: [String]

    /// A request.
    public init(
        _ messages: [ChatMessage], tools: [ToolDeclaration] = [], toolChoice: ToolChoice = .auto,
        format: Format = .text, temperature: Double? = nil, maxTokens: Int? = nil, stop: [String] = [],
        seed: Int64? = nil, extra: [JSONMember] = [], idempotencyKey: String? = nil, deadline: Timestamp? = nil,
        accounts: [String] = []
    ) {
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.format = format
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.stop = stop
        self.seed = seed
        self.extra = extra
        self.idempotencyKey = idempotencyKey
        self.deadline = deadline
        self.accounts = accounts
    }
}

/// A tool as the model sees it.
public struct ToolDeclaration: Sendable, Hashable {
    /// Its name: letters, digits, `_` and `-`.
    public var name: String
    /// What it does and when to use it, for the model.
    public var description: String
    /// What its arguments look like.
    public var parameters: JSONSchema

    /// A declaration.
    public init(_ name: String, _ description: String, parameters: JSONSchema) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}
