import Foundation
import StreamCore

/// The form of a bridge to a foreign service: `{"id": …, "message_type": …, "message": …}`, AutoGen-Kafka's `AgentEvent`, as
/// plain JSON.
///
/// Any service that reads such records from one topic and writes them to another is an agent: it echoes `id`, keeps `key` or
/// sets its own, and puts its answer into `message`. It may say that it failed by a member `error`, either text or
/// `{"code", "message", "retryable", "details"}`, or by the native error headers. Payloads are JSON and stay as they are,
/// byte for byte; other members are ignored.
public struct JSONBridgeCodec: MessageCodec, Hashable {
    /// The codec.
    public init() {}

    /// Writes the envelope; the record's key is the message's key.
    ///
    /// - Throws: ``MessageFormatError`` for a kind that this form cannot say: it knows requests, replies and errors.
    public func write(_ message: AgentMessage) throws -> MessageRecord {
        switch message.kind {
        case .request, .reply, .error: break
        case .message, .partial, .cancel, .decision:
            throw MessageFormatError("the JSON bridge has no form for a message of kind '\(message.kind.rawValue)'")
        }
        var writer = ByteWriter()
        writer.append("{\"id\":")
        writer.append(try Self.quoted(message.id))
        writer.append(",\"message_type\":")
        writer.append(try Self.quoted(message.type ?? ""))
        writer.append(",\"message\":")
        if let payload = message.payload { writer.append(payload) } else { writer.append("null") }
        if let error = message.error {
            writer.append(",\"error\":")
            writer.append(try Self.json(ErrorMember(error)))
        }
        writer.append("}")
        return MessageRecord(key: message.key, value: Bytes(writer.bytes), headers: message.headers)
    }

    /// Reads the envelope.
    ///
    /// - Throws: ``MessageFormatError`` when it is no JSON object, or has no `id` that is text.
    public func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        guard let value = record.value else { throw MessageFormatError("a JSON bridge's record has no value") }
        let members = try JSONMembers(value)
        guard let id = try members["id"].map({ try Self.decode(String.self, $0, "id") }) else {
            throw MessageFormatError("a JSON bridge's record has no 'id'")
        }
        var message = AgentMessage(expected, id: id)
        message.key = record.key
        message.type = try members["message_type"].map { try Self.decode(String.self, $0, "message_type") }
        if message.type == "" { message.type = nil }
        message.payload = members["message"].flatMap { $0 == "null" ? nil : $0 }
        // A service that can set headers may speak of errors, attempts and deadlines as native ones do.
        let native = try NativeMessageCodec().read(
            MessageRecord(key: nil, value: nil, headers: record.headers), as: expected)
        message.headers = native.headers
        message.deadline = native.deadline
        message.error = try members["error"].flatMap { try ErrorMember.read($0) } ?? native.error
        if message.error != nil { message.kind = .error }
        return message
    }

    private static func quoted(_ text: String) throws -> Bytes { try json(text) }

    private static func json(_ value: some Encodable) throws -> Bytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Bytes(Array(try encoder.encode(value)))
    }

    fileprivate static func decode<Value: Decodable>(_: Value.Type, _ bytes: Bytes, _ name: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes.array))
        } catch {
            throw MessageFormatError("member '\(name)' of a JSON bridge's record is not a \(Value.self)")
        }
    }
}

/// The member `error` of a bridge's reply.
private struct ErrorMember: Codable {
    var code: String?
    var message: String?
    var retryable: Bool?
    var details: String?

    init(_ error: MessageError) {
        (code, message, retryable, details) = (error.code, error.message, error.isRetryable, error.details)
    }

    /// The error that `bytes` say, whatever they look like; nil for null.
    static func read(_ bytes: Bytes) throws -> MessageError? {
        if bytes == "null" { return nil }
        let data = Data(bytes.array)
        if let text = try? JSONDecoder().decode(String.self, from: data) { return MessageError("failed", text) }
        guard let member = try? JSONDecoder().decode(ErrorMember.self, from: data) else {
            return MessageError("failed", "the service failed", details: bytes.utf8)
        }
        return MessageError(
            member.code ?? "failed", member.message ?? "the service gave no reason",
            isRetryable: member.retryable ?? false, details: member.details)
    }
}
