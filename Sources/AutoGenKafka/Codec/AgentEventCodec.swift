public import AgentOperators
public import JSON
import Schemas
import StreamCore

/// Requests and answers of a service behind two topics, as AutoGen-Kafka's streaming agent speaks to it: an ``AgentEvent`` in a schema
/// registry's frame.
///
/// On both sides: `stream.ask` of a Flink job or a Python service, and `reply` as one that Python's streaming agent calls.
///
/// ```swift
/// let service = RequestTopic<Review, Sentiment>(agentEvents: AgentEventCodec(wire.schemas))
/// service.reply(named: "model") { review, _ in … }
/// ```
public struct AgentEventCodec: MessageCodec {
    /// The topic of the requests.
    public let requests: String
    /// The topic of the answers.
    public let responses: String
    private let schemas: EventSchemas
    private let requestSchema: SchemaDefinition
    private let replySchema: SchemaDefinition
    private let failedMessage: JSONValue

    /// A codec.
    ///
    /// - Parameters:
    ///   - schemas: where schemas' ids come from.
    ///   - requests: the topic of the requests.
    ///   - responses: the topic of the answers.
    ///   - requestSchema: the JSON Schema of a request's message, where nobody has registered one.
    ///   - replySchema: the JSON Schema of an answer's message, where nobody has registered one.
    ///   - failedMessage: the message of an answer that is an error. Python checks it by the registered schema and stops reading for good
    ///     when it does not fit: give one that does. The error itself is in a member `error`.
    public init(
        _ schemas: EventSchemas, requests: String = "agent_request", responses: String = "agent_response",
        requestSchema: String = "{}", replySchema: String = "{}", failedMessage: JSONValue = .object([])
    ) {
        self.schemas = schemas
        self.requests = requests
        self.responses = responses
        self.requestSchema = AgentEvent.schema(of: requestSchema)
        self.replySchema = AgentEvent.schema(of: replySchema)
        self.failedMessage = failedMessage
    }

    /// Writes a request, an answer or an error; the record's key is the message's key.
    ///
    /// - Throws: ``MessageFormatError`` for another kind of message or a payload that is not JSON; ``SchemaRegistryError``.
    public func write(_ message: AgentMessage) throws -> MessageRecord {
        var event = AgentEvent(id: message.id, messageType: message.type ?? "", message: .null)
        if let payload = message.payload {
            do { event.message = try JSONValue(parsing: payload) } catch {
                throw MessageFormatError("an AgentEvent's message must be JSON: \(error)")
            }
        }
        let topic: String
        let schema: SchemaDefinition
        switch message.kind {
        case .request: (topic, schema) = (requests, requestSchema)
        case .reply: (topic, schema) = (responses, replySchema)
        case .error:
            (topic, schema) = (responses, replySchema)
            event.message = failedMessage
            event.error = Self.json(message.error ?? MessageError("failed", "the agent gave no reason"))
        case .message, .partial, .cancel, .decision:
            throw MessageFormatError("an AgentEvent cannot be a message of kind '\(message.kind.rawValue)'")
        }
        let value = try Serde<AgentEvent>.autoGen(topic, schemas, schema: schema).encode(event)
        return MessageRecord(key: message.key, value: value, headers: message.headers)
    }

    private static func json(_ error: MessageError) -> JSONValue {
        var members = [
            JSONMember("code", .string(error.code)), JSONMember("message", .string(error.message)),
            JSONMember("retryable", .bool(error.isRetryable)),
        ]
        if let details = error.details { members.append(JSONMember("details", .string(details))) }
        return .object(members)
    }

    /// Reads an event; its payload stays as it is, byte for byte.
    ///
    /// - Throws: ``MessageFormatError``: no value, no frame, no such event.
    public func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        guard let value = record.value else { throw MessageFormatError("AgentEvent: the record has no value") }
        let payload: Bytes
        do { payload = try ConfluentFrame.read(value).payload } catch {
            throw MessageFormatError("AgentEvent: \(error)")
        }
        return try JSONBridgeCodec().read(
            MessageRecord(key: record.key, value: payload, headers: record.headers), as: expected)
    }
}

extension RequestTopic where Request: Codable, Reply: Codable {
    /// A service that is asked by ``AgentEvent``s, JSON both ways.
    ///
    /// - Parameters:
    ///   - codec: its topics and schemas.
    ///   - requestType: the name of the requests' class; that of the Swift type when nil.
    ///   - replyType: the name of the answers' class; that of the Swift type when nil.
    public init(agentEvents codec: AgentEventCodec, requestType: String? = nil, replyType: String? = nil) {
        self.init(
            codec.requests, request: .json(), reply: .json(), codec: codec, replies: .topic(codec.responses),
            requestType: requestType ?? AgentPayload.name(of: Request.self),
            replyType: replyType ?? AgentPayload.name(of: Reply.self))
    }
}
