public import AgentOperators
public import JSON
public import Schemas
public import StreamCore

/// What came of a request, on `runtime_responses`; its record's key is the request's id.
public struct ResponseEvent: AutoGenEvent {
    /// Always nil in AutoGen.
    public var messageID: String?
    /// Always nil in AutoGen.
    public var topic: TopicID?
    /// Who handled the request.
    public var sender: AgentID?
    /// The request's id.
    public var requestID: String?
    /// Who sent the request.
    public var recipient: AgentID?
    /// The reply; nil when there is none, and no bytes count as none.
    public var payload: Bytes?
    /// The reply's type name.
    public var payloadType: String?
    /// How the reply is to be read: `application/json`.
    public var serializationFormat: String?
    /// The trace: `traceparent` and `tracestate`, and whatever else there is.
    public var metadata: [JSONMember]
    /// Why there is no reply; nil when there is one.
    public var error: String?

    /// An event.
    public init(
        messageID: String? = nil, topic: TopicID? = nil, sender: AgentID? = nil, requestID: String? = nil,
        recipient: AgentID? = nil, payload: Bytes? = nil, payloadType: String? = nil,
        serializationFormat: String? = nil, metadata: [JSONMember] = [], error: String? = nil
    ) {
        self.messageID = messageID
        self.topic = topic
        self.sender = sender
        self.requestID = requestID
        self.recipient = recipient
        self.payload = payload
        self.payloadType = payloadType
        self.serializationFormat = serializationFormat
        self.metadata = metadata
        self.error = error
    }

    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.response

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "ResponseEvent")
        messageID = try members.text("message_id")
        topic = try members.topic("topic_id")
        sender = try members.agent("sender")
        requestID = try members.text("request_id")
        recipient = try members.agent("recipient")
        payload = try members.data("payload")
        payloadType = try members.text("payload_type")
        serializationFormat = try members.text("serialization_format")
        metadata = try members.object("metadata")
        error = try members.text("error")
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        [
            "message_id": JSONValue(messageID), "topic_id": JSONValue(topic?.description),
            "sender": JSONValue(sender?.description), "request_id": JSONValue(requestID),
            "recipient": JSONValue(recipient?.description), "payload": JSONValue(base64: payload),
            "payload_type": JSONValue(payloadType), "serialization_format": JSONValue(serializationFormat),
            "metadata": .object(metadata), "error": JSONValue(error),
        ]
    }
}
