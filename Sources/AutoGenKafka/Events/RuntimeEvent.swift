public import AgentOperators
public import JSON
public import Schemas
public import StreamCore

/// A message to one agent, on `runtime_requests`; its record's key is the recipient, `type/key`.
public typealias RequestEvent = RuntimeEvent<RequestForm>

/// What came of a request, on `runtime_responses`; its record's key is the request's id.
public typealias ResponseEvent = RuntimeEvent<ResponseForm>

/// What requests and responses differ in: their schema, and the names of two members.
public protocol RuntimeEventForm: Sendable, Hashable {
    /// The event's name in AutoGen.
    static var name: String { get }
    /// The schema that Python registers for it.
    static var schema: SchemaDefinition { get }
    /// What the sender is called on the wire.
    static var senderMember: String { get }
    /// What the payload's format is called on the wire.
    static var formatMember: String { get }
}

/// The form of requests.
public enum RequestForm: RuntimeEventForm {
    /// `RequestEvent`.
    public static let name = "RequestEvent"
    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.request
    /// `agent_id`.
    public static let senderMember = "agent_id"
    /// `payload_format`.
    public static let formatMember = "payload_format"
}

/// The form of responses.
public enum ResponseForm: RuntimeEventForm {
    /// `ResponseEvent`.
    public static let name = "ResponseEvent"
    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.response
    /// `sender`.
    public static let senderMember = "sender"
    /// `serialization_format`.
    public static let formatMember = "serialization_format"
}

/// What goes between AutoGen's runtimes about one message: a ``RequestEvent`` or a ``ResponseEvent``.
public struct RuntimeEvent<Form: RuntimeEventForm>: AutoGenEvent {
    /// The message's id; nil in AutoGen's responses.
    public var messageID: String?
    /// Where the sender was at work; AutoGen writes `unknown/unknown` when there is none, and nil in responses.
    public var topic: TopicID?
    /// Who sent the request, `unknown/unknown` in AutoGen when there is none; of a response, who handled it.
    public var sender: AgentID?
    /// The request's id, which the response repeats.
    public var requestID: String?
    /// Who is to handle the request; of a response, who sent it.
    public var recipient: AgentID?
    /// The message; nil when there is none, and no bytes count as none.
    public var payload: Bytes?
    /// The message's type name.
    public var payloadType: String?
    /// How the message is to be read: `application/json`.
    public var payloadFormat: String?
    /// The trace: `traceparent` and `tracestate`, and whatever else there is.
    public var metadata: [JSONMember]
    /// Why there is no reply; always nil in AutoGen's requests.
    public var error: String?

    /// An event.
    public init(
        messageID: String? = nil, topic: TopicID? = nil, sender: AgentID? = nil, requestID: String? = nil,
        recipient: AgentID? = nil, payload: Bytes? = nil, payloadType: String? = nil, payloadFormat: String? = nil,
        metadata: [JSONMember] = [], error: String? = nil
    ) {
        self.messageID = messageID
        self.topic = topic
        self.sender = sender
        self.requestID = requestID
        self.recipient = recipient
        self.payload = payload
        self.payloadType = payloadType
        self.payloadFormat = payloadFormat
        self.metadata = metadata
        self.error = error
    }

    /// The schema that Python registers for it.
    public static var schema: SchemaDefinition { Form.schema }

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: Form.name)
        messageID = try members.text("message_id")
        topic = try members.topic("topic_id")
        sender = try members.agent(Form.senderMember)
        requestID = try members.text("request_id")
        recipient = try members.agent("recipient")
        payload = try members.data("payload")
        payloadType = try members.text("payload_type")
        payloadFormat = try members.text(Form.formatMember)
        metadata = try members.object("metadata")
        error = try members.text("error")
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        .object([
            JSONMember("message_id", JSONValue(messageID)), JSONMember("topic_id", JSONValue(topic?.description)),
            JSONMember(Form.senderMember, JSONValue(sender?.description)),
            JSONMember("request_id", JSONValue(requestID)),
            JSONMember("recipient", JSONValue(recipient?.description)),
            JSONMember("payload", JSONValue(base64: payload)), JSONMember("payload_type", JSONValue(payloadType)),
            JSONMember(Form.formatMember, JSONValue(payloadFormat)), JSONMember("metadata", .object(metadata)),
            JSONMember("error", JSONValue(error)),
        ])
    }
}
