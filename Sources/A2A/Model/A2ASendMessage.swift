public import JSON

/// How a message is to be dealt with.
public struct A2ASendConfiguration: A2AObject {
    /// The media types that the client takes; empty takes all.
    public var acceptedOutputModes: [String]
    /// Where the task's updates are pushed to.
    public var pushConfig: A2APushConfig?
    /// How many messages of history the answer is to have; nil leaves it to the agent.
    public var historyLength: Int?
    /// Whether the answer is the task as it is at once, instead of when it ends or waits for the client.
    public var returnImmediately: Bool

    /// A configuration.
    public init(
        acceptedOutputModes: [String] = [], pushConfig: A2APushConfig? = nil, historyLength: Int? = nil,
        returnImmediately: Bool = false
    ) {
        self.acceptedOutputModes = acceptedOutputModes
        self.pushConfig = pushConfig
        self.historyLength = historyLength
        self.returnImmediately = returnImmediately
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "SendMessageConfiguration")
        self.init(
            acceptedOutputModes: try fields.strings("acceptedOutputModes"),
            pushConfig: try fields.one("taskPushNotificationConfig"),
            historyLength: try fields.integer("historyLength"),
            returnImmediately: try fields.bool("returnImmediately") ?? false)
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("acceptedOutputModes", acceptedOutputModes)
        members.add("taskPushNotificationConfig", pushConfig)
        members.add("historyLength", historyLength)
        if returnImmediately { members.add("returnImmediately", true) }
        return members.json
    }
}

/// What `SendMessage` and `SendStreamingMessage` ask.
public struct A2ASendMessage: A2AObject {
    /// What is said.
    public var message: A2AMessage
    /// How it is to be dealt with.
    public var configuration: A2ASendConfiguration?
    /// What else there is to say, an object.
    public var metadata: JSONValue?
    /// The tenant; empty where there is none.
    public var tenant: String

    /// A request.
    public init(
        _ message: A2AMessage, configuration: A2ASendConfiguration? = nil, metadata: JSONValue? = nil,
        tenant: String = ""
    ) {
        self.message = message
        self.configuration = configuration
        self.metadata = metadata
        self.tenant = tenant
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "SendMessageRequest")
        self.init(
            try fields.must("message"), configuration: try fields.one("configuration"),
            metadata: try fields.object("metadata"), tenant: try fields.string("tenant") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add(ifAny: "tenant", tenant)
        members.add("message", message)
        members.add("configuration", configuration)
        members.add("metadata", metadata)
        return members.json
    }
}

/// What `SendMessage` answers: exactly one of these.
public enum A2ASendReply: A2AObject {
    /// The task that came of it.
    case task(A2ATask)
    /// An answer without a task.
    case message(A2AMessage)

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "SendMessageResponse")
        if let task = try fields.one("task", A2ATask.self) {
            self = .task(task)
        } else if let message = try fields.one("message", A2AMessage.self) {
            self = .message(message)
        } else {
            throw A2AFormatError("a SendMessageResponse must have a task or a message")
        }
    }

    /// It as JSON.
    public var json: JSONValue {
        switch self {
        case .task(let task): ["task": task.json]
        case .message(let message): ["message": message.json]
        }
    }

    /// The task, if it is one.
    public var task: A2ATask? { if case .task(let task) = self { task } else { nil } }

    /// The message, if it is one.
    public var message: A2AMessage? { if case .message(let message) = self { message } else { nil } }
}
