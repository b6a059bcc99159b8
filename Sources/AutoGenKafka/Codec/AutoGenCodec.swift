public import AgentOperators
import JSON
import Schemas
import StreamCore

/// Requests and responses of a Python runtime: what makes its agents ones that `ask`, `reply` and clients reach.
///
/// The key of a request is its recipient, `type/key`; that of a reply the request's id. The record of a reply that failed also has the
/// native error headers, so that codes survive between applications of ours; Python has the text.
public struct AutoGenCodec: MessageCodec {
    private let topics: AutoGenTopics
    private let schemas: EventSchemas
    /// Whether payloads are ``BoxedMessage``s, which name their own type and sender.
    private let isBoxed: Bool

    /// The codec of `wire`.
    public init(_ wire: AutoGenWire) { self.init(wire, isBoxed: false) }

    init(_ wire: AutoGenWire, isBoxed: Bool) {
        topics = wire.topics
        schemas = wire.schemas
        self.isBoxed = isBoxed
    }

    /// What AutoGen says where there is no sender or topic.
    static let nobody = "unknown"

    /// Writes a request, a reply or an error.
    ///
    /// - Throws: ``MessageFormatError`` for a kind that this form cannot say, or a request whose key is not `type/key`;
    ///   ``SchemaRegistryError``.
    public func write(_ message: AgentMessage) throws -> MessageRecord {
        switch message.kind {
        case .request, .message:
            return MessageRecord(
                key: message.key, value: try framed(request(message), topics.requests), headers: message.headers)
        case .reply, .error:
            var headers = message.headers
            if let error = message.error { NativeErrors.write(error, to: &headers) }
            return MessageRecord(
                key: Bytes(message.id), value: try framed(response(message), topics.responses), headers: headers)
        case .partial, .cancel, .decision:
            throw MessageFormatError("AutoGen has no form for a message of kind '\(message.kind.rawValue)'")
        }
    }

    private func framed<Event: AutoGenEvent>(_ event: Event, _ topic: String) throws -> Bytes? {
        try Serde<Event>.autoGen(topic, schemas).encode(event)
    }

    private func request(_ message: AgentMessage) throws -> RequestEvent {
        guard let recipient = message.key?.utf8 else {
            throw MessageFormatError("a request to an AutoGen agent needs its recipient, 'type/key', as key")
        }
        do {
            let content = try content(message)
            return RequestEvent(
                messageID: message.id,
                topic: try message.topic.map { try TopicID(parsing: $0) } ?? TopicID(Self.nobody, source: Self.nobody),
                sender: content?.sender ?? AgentID(Self.nobody, Self.nobody), requestID: message.id,
                recipient: try AgentID(parsing: recipient), payload: content?.payload.bytes,
                payloadType: content?.payload.type, payloadFormat: content?.payload.contentType,
                metadata: TraceFields.members(of: message.headers))
        } catch {
            throw MessageFormatError("a request to an AutoGen agent: \(error)")
        }
    }

    private func response(_ message: AgentMessage) throws -> ResponseEvent {
        let metadata = TraceFields.members(of: message.headers)
        guard message.error == nil else {
            return ResponseEvent(
                requestID: message.id, metadata: metadata, error: message.error?.message ?? Self.nobody)
        }
        let payload = try content(message)?.payload
        return ResponseEvent(
            sender: message.sender.flatMap { try? AgentID(parsing: $0) }, requestID: message.id,
            payload: payload?.bytes, payloadType: payload?.type, payloadFormat: payload?.contentType,
            metadata: metadata)
    }

    private func content(_ message: AgentMessage) throws -> BoxedMessage? {
        guard let bytes = message.payload else { return nil }
        if isBoxed { return try BoxedMessage.serde.decode(bytes) }
        return BoxedMessage(
            payload: AgentPayload(
                type: message.type ?? "", contentType: message.contentType ?? AgentPayload.json, bytes: bytes),
            sender: try message.sender.map { try AgentID(parsing: $0) })
    }

    /// Reads a request or a response, by what is expected.
    ///
    /// - Throws: ``MessageFormatError``: no value, no frame, no such event, or no id.
    public func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        let native = try NativeErrors.read(record.headers)
        switch expected {
        case .request, .message:
            let event = try RequestEvent(framed: record.value)
            guard let id = event.requestID, !id.isEmpty else {
                throw MessageFormatError("RequestEvent: member 'request_id' is missing")
            }
            guard let recipient = event.recipient else {
                throw MessageFormatError("RequestEvent: member 'recipient' is missing")
            }
            var message = AgentMessage(.request, id: id)
            message.key = Bytes(recipient.description)
            message.agent = recipient.type
            message.sender = event.sender.flatMap { $0.type == Self.nobody ? nil : $0.description }
            message.deadline = native.deadline
            message.headers = native.headers
            TraceFields.write(event.metadata, to: &message.headers)
            try set(&message, event.payload, event.payloadType, event.payloadFormat)
            return message
        case .reply, .error, .partial, .cancel, .decision:
            let event = try ResponseEvent(framed: record.value)
            guard let id = event.requestID, !id.isEmpty else {
                throw MessageFormatError("ResponseEvent: member 'request_id' is missing")
            }
            var message = AgentMessage(.reply, id: id)
            message.key = record.key
            message.sender = event.sender?.description
            message.headers = native.headers
            TraceFields.write(event.metadata, to: &message.headers)
            if let error = event.error {
                message.kind = .error
                message.error = native.error ?? MessageError("failed", error)
            } else {
                try set(&message, event.payload, event.payloadType, event.payloadFormat)
            }
            return message
        }
    }

    private func set(_ message: inout AgentMessage, _ payload: Bytes?, _ type: String?, _ format: String?) throws {
        guard let payload else { return }
        message.contentType = format == AgentPayload.json ? nil : format
        guard isBoxed else {
            message.payload = payload
            message.type = type
            return
        }
        let content = AgentPayload(type: type ?? "", contentType: format ?? AgentPayload.json, bytes: payload)
        message.payload = try BoxedMessage.serde.encode(
            BoxedMessage(payload: content, sender: try message.sender.map { try AgentID(parsing: $0) }))
    }
}

/// The native headers that travel beside AutoGen's events between applications of ours.
enum NativeErrors {
    static func write(_ error: MessageError, to headers: inout Headers) {
        var message = AgentMessage(.error, id: "")
        message.error = error
        headers.entries += NativeMessageCodec().write(message).headers.entries.filter {
            $0.name != MessageHeader.kind && $0.name != MessageHeader.id
        }
    }

    /// What native headers say, with the others in ``AgentMessage/headers``.
    static func read(_ headers: Headers) throws -> AgentMessage {
        try NativeMessageCodec().read(MessageRecord(key: nil, value: nil, headers: headers), as: .reply)
    }
}
