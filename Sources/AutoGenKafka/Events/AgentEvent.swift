public import AgentOperators
public import JSON
public import Schemas

/// A request to a service behind two topics, or its answer: `agent_request`, `agent_response`.
public struct AgentEvent: AutoGenEvent {
    /// What the answer repeats.
    public var id: String
    /// The message's type name.
    public var messageType: String
    /// The message.
    public var message: JSONValue
    /// Why there is no answer: our own member, which AutoGen's readers pass over; text, or `{"code", "message", …}`.
    public var error: JSONValue?

    /// An event.
    public init(id: String, messageType: String, message: JSONValue, error: JSONValue? = nil) {
        self.id = id
        self.messageType = messageType
        self.message = message
        self.error = error
    }

    /// The schema with a message of any kind; that of a topic has the message's own: see ``schema(of:)``.
    public static let schema = EventSchemaTexts.agentEvent("{}")

    /// The schema of events whose message has the JSON Schema `message`, as Python writes it.
    public static func schema(of message: String) -> SchemaDefinition { EventSchemaTexts.agentEvent(message) }

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "AgentEvent")
        id = try members.required("id")
        messageType = try members.text("message_type") ?? ""
        message = json["message"] ?? .null
        error = json["error"].flatMap { $0 == .null ? nil : $0 }
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        var members = [
            JSONMember("id", .string(id)), JSONMember("message_type", .string(messageType)),
            JSONMember("message", message),
        ]
        if let error { members.append(JSONMember("error", error)) }
        return .object(members)
    }
}
