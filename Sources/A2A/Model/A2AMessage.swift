public import JSON

/// Who says something.
public enum A2ARole: String, Sendable, Hashable {
    /// The client.
    case user = "ROLE_USER"
    /// The agent.
    case agent = "ROLE_AGENT"
}

/// A turn of a conversation.
public struct A2AMessage: A2AObject {
    /// Names it; chosen by whoever says it.
    public var messageID: String
    /// The conversation that it belongs to; empty in the first message of one.
    public var contextID: String
    /// The task that it belongs to; empty when it begins one.
    public var taskID: String
    /// Who says it.
    public var role: A2ARole
    /// What is said.
    public var parts: [A2APart]
    /// What else there is to say, an object.
    public var metadata: JSONValue?
    /// The URIs of the extensions that were used.
    public var extensions: [String]
    /// Tasks that it refers to.
    public var referenceTaskIDs: [String]

    /// A message.
    public init(
        _ messageID: String, role: A2ARole, parts: [A2APart], contextID: String = "", taskID: String = "",
        metadata: JSONValue? = nil, extensions: [String] = [], referenceTaskIDs: [String] = []
    ) {
        self.messageID = messageID
        self.contextID = contextID
        self.taskID = taskID
        self.role = role
        self.parts = parts
        self.metadata = metadata
        self.extensions = extensions
        self.referenceTaskIDs = referenceTaskIDs
    }

    /// The text of its text parts, one a line.
    public var text: String {
        parts.compactMap { if case .text(let text) = $0.content { text } else { nil } }.joined(separator: "\n")
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "Message")
        let name = try fields.required("role")
        guard let role = A2ARole(rawValue: name) else { throw fields.wrong("role", "ROLE_USER or ROLE_AGENT") }
        self.init(
            try fields.required("messageId"), role: role, parts: try fields.list("parts"),
            contextID: try fields.string("contextId") ?? "", taskID: try fields.string("taskId") ?? "",
            metadata: try fields.object("metadata"), extensions: try fields.strings("extensions"),
            referenceTaskIDs: try fields.strings("referenceTaskIds"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("messageId", messageID)
        members.add(ifAny: "contextId", contextID)
        members.add(ifAny: "taskId", taskID)
        members.add("role", role.rawValue)
        members.add("parts", parts)
        members.add("metadata", metadata)
        members.add("extensions", extensions)
        members.add("referenceTaskIds", referenceTaskIDs)
        return members.json
    }
}
