public import AgentOperators
public import JSON
public import Schemas
public import StreamCore

/// A message to one agent, on `runtime_requests`; its record's key is the recipient, `type/key`.
public struct RequestEvent: AutoGenEvent {
    /// The message's id.
    public var messageID: String?
    /// Where the sender was at work; AutoGen writes `unknown/unknown` when there is none.
    public var topic: TopicID?
    /// The sender; AutoGen writes `unknown/unknown` when there is none.
    public var sender: AgentID?
    /// What the response repeats.
    public var requestID: String?
    /// Who is to handle it.
    public var recipient: AgentID?
    /// The message; nil when there is none, and no bytes count as none.
    public var payload: Bytes?
    /// The message's type name.
    public var payloadType: String?
    /// How the message is to be read: `application/json`.
    public var payloadFormat: String?
    /// The trace: `traceparent` and `tracestate`, and whatever else there is.
    public var metadata: [JSONMember]
    /// Always nil in AutoGen.
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
    public static let schema = EventSchemaTexts.request

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "RequestEvent")
        messageID = try members.text("message_id")
        topic = try members.topic("topic_id")
        sender = try members.agent("agent_id")
        requestID = try members.text("request_id")
        recipient = try members.agent("recipient")
        payload = try members.data("payload")
        payloadType = try members.text("payload_type")
        payloadFormat = try members.text("payload_format")
        metadata = try members.object("metadata")
        error = try members.text("error")
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        [
            "message_id": JSONValue(messageID), "topic_id": JSONValue(topic?.description),
            "agent_id": JSONValue(sender?.description), "request_id": JSONValue(requestID),
            "recipient": JSONValue(recipient?.description), "payload": JSONValue(base64: payload),
            "payload_type": JSONValue(payloadType), "payload_format": JSONValue(payloadFormat),
            "metadata": .object(metadata), "error": JSONValue(error),
        ]
    }
}
