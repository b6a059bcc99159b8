/// The names of spans and of their attributes, all in one place: docs/tracing.md has them as a table.
///
/// Names of messaging and of generative models are those of OpenTelemetry's semantic conventions; those of agents' messages
/// are what AutoGen's runtime says. What begins with `tributary.` is ours.
public enum SpanNames {
    /// A record that a task takes up: `process <topic>`.
    public static func process(_ topic: String) -> String { "process \(topic)" }
    /// A message that an agent makes for one recipient: `autogen create <type>`.
    public static func create(_ recipient: String) -> String { "autogen create \(recipient)" }
    /// A question of one agent to another, until its reply: `autogen send <type>`.
    public static func send(_ recipient: String) -> String { "autogen send \(recipient)" }
    /// A message for all who listen: `autogen publish <topic>`.
    public static func publish(_ topic: String) -> String { "autogen publish \(topic)" }
    /// An agent's handler, all its runs together: `invoke_agent <name>`.
    public static func invokeAgent(_ agent: String) -> String { "invoke_agent \(agent)" }
    /// A model's answer: `chat <model>`.
    public static func chat(_ model: String) -> String { "chat \(model)" }
    /// A tool's work: `execute_tool <name>`.
    public static func executeTool(_ tool: String) -> String { "execute_tool \(tool)" }
    /// Vectors for texts: `embeddings <model>`.
    public static func embeddings(_ model: String) -> String { "embeddings \(model)" }
    /// A request to a service behind topics, until its reply: `ask <topic>`.
    public static func ask(_ topic: String) -> String { "ask \(topic)" }
    /// A question to a person, until the decision: `approval <name>`.
    public static func approval(_ name: String) -> String { "approval \(name)" }

    /// What carries records: `kafka`, or `tributary` for the embedded log.
    public static let messagingSystem = "messaging.system"
    /// What is done: `process`, `send`, `publish`.
    public static let messagingOperation = "messaging.operation.name"
    /// The kind of what is done: `process` or `send`.
    public static let messagingOperationType = "messaging.operation.type"
    /// The topic.
    public static let messagingDestination = "messaging.destination.name"
    /// The partition.
    public static let messagingPartition = "messaging.destination.partition.id"
    /// The application.
    public static let messagingGroup = "messaging.consumer.group.name"
    /// The record's offset.
    public static let messagingOffset = "messaging.kafka.offset"
    /// The message's id.
    public static let messagingMessageID = "messaging.message.id"
    /// The id of the request, over all its messages.
    public static let messagingConversation = "messaging.message.conversation_id"
    /// What is done, in the conventions of generative models: `invoke_agent`, `chat`, `execute_tool`, `embeddings`.
    public static let operation = "gen_ai.operation.name"
    /// The agent's type.
    public static let agentName = "gen_ai.agent.name"
    /// The agent: type and key.
    public static let agentID = "gen_ai.agent.id"
    /// The session: the agent's key.
    public static let conversation = "gen_ai.conversation.id"
    /// Who serves the model.
    public static let provider = "gen_ai.provider.name"
    /// The model that was asked.
    public static let requestModel = "gen_ai.request.model"
    /// How many tokens it was told.
    public static let inputTokens = "gen_ai.usage.input_tokens"
    /// How many tokens it said.
    public static let outputTokens = "gen_ai.usage.output_tokens"
    /// Why it ended.
    public static let finishReasons = "gen_ai.response.finish_reasons"
    /// What it was told; only when content is captured.
    public static let inputMessages = "gen_ai.input.messages"
    /// What it said; only when content is captured.
    public static let outputMessages = "gen_ai.output.messages"
    /// The tool.
    public static let toolName = "gen_ai.tool.name"
    /// The call, as the model named it.
    public static let toolCall = "gen_ai.tool.call.id"
    /// Which kind of error; its code.
    public static let errorType = "error.type"
    /// The task.
    public static let task = "tributary.task"
    /// The step.
    public static let step = "tributary.step"
    /// The idempotency key of a request.
    public static let request = "tributary.request"
    /// How many tries there were.
    public static let attempts = "tributary.attempts"
}
