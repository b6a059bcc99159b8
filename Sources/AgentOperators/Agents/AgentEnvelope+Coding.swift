import StreamCore

/// How envelopes and answers are kept in a handler's journal: a version byte, then fields with lengths.
enum AgentCoding {
    private static let version: UInt8 = 1

    /// The bytes of an envelope: key, headers, value, as it will travel.
    static func bytes(of envelope: AgentEnvelope) -> Bytes {
        var writer = ByteWriter()
        writer.append(version)
        let record = NativeMessageCodec().write(envelope.message)
        append(record.key ?? .empty, to: &writer)
        writer.append(varint: UInt64(record.headers.entries.count))
        for entry in record.headers.entries {
            append(entry.name, to: &writer)
            append(entry.value ?? .empty, to: &writer)
        }
        append(record.value ?? .empty, to: &writer)
        return Bytes(writer.bytes)
    }

    /// The envelope that ``bytes(of:)`` wrote.
    ///
    /// - Throws: ``SerdeError`` when it is cut off or of another version.
    static func envelope(_ bytes: Bytes) throws -> AgentEnvelope {
        var reader = ByteReader(bytes)
        try checkVersion(&reader)
        let key = try run(&reader)
        var headers = Headers()
        for _ in 0..<(try count(&reader)) { headers.append(try text(&reader), try run(&reader)) }
        return try AgentEnvelope(MessageRecord(key: key, value: try run(&reader), headers: headers))
    }

    /// The bytes of a reply; nil is a void one.
    static func bytes(of reply: AgentPayload?) -> Bytes {
        var writer = ByteWriter()
        writer.append(version)
        writer.append(reply == nil ? 0 : 1)
        if let reply {
            append(reply.type, to: &writer)
            append(reply.contentType, to: &writer)
            append(reply.bytes, to: &writer)
        }
        return Bytes(writer.bytes)
    }

    /// The reply that ``bytes(of:)`` wrote.
    ///
    /// - Throws: ``SerdeError`` when it is cut off or of another version.
    static func reply(_ bytes: Bytes) throws -> AgentPayload? {
        var reader = ByteReader(bytes)
        try checkVersion(&reader)
        guard let isThere = reader.integer(UInt8.self) else { throw damaged }
        guard isThere == 1 else { return nil }
        let (type, contentType) = (try text(&reader), try text(&reader))
        return AgentPayload(type: type, contentType: contentType, bytes: try run(&reader))
    }

    private static let damaged = SerdeError(.malformed, serde: "tributary.agent-message", reason: "it is damaged")

    private static func checkVersion(_ reader: inout ByteReader) throws {
        guard reader.integer(UInt8.self) == version else {
            throw SerdeError(
                .malformed, serde: "tributary.agent-message",
                reason: "written by another version: finish its requests with that version, or reset the application")
        }
    }

    private static func append(_ text: String, to writer: inout ByteWriter) { append(Bytes(text), to: &writer) }

    private static func append(_ bytes: Bytes, to writer: inout ByteWriter) {
        writer.append(varint: UInt64(bytes.count))
        writer.append(bytes)
    }

    private static func count(_ reader: inout ByteReader) throws -> Int {
        guard let count = reader.varint(), count <= UInt64(reader.remaining) else { throw damaged }
        return Int(count)
    }

    private static func run(_ reader: inout ByteReader) throws -> Bytes {
        guard let run = reader.run(try count(&reader)) else { throw damaged }
        return run
    }

    private static func text(_ reader: inout ByteReader) throws -> String {
        guard let text = try run(&reader).utf8 else { throw damaged }
        return text
    }
}
