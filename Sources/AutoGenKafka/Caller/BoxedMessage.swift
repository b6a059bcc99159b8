import AgentOperators
import StreamCore

/// A message with its type and its sender as one run of bytes: for steps whose requests and replies are of any type.
struct BoxedMessage: Sendable, Hashable {
    var payload: AgentPayload
    var sender: AgentID?

    private static let version: UInt8 = 1
    private static let damaged = SerdeError(
        .malformed, serde: "autogen.message", reason: "it is damaged or of another version")

    /// A version byte; type, content type and sender with their lengths, the sender empty when there is none; the bytes.
    static let serde = Serde<BoxedMessage>(
        description: "autogen.message",
        encode: { message, writer in
            writer.append(version)
            let payload = message.payload
            for text in [payload.type, payload.contentType, message.sender?.description ?? ""] {
                writer.append(varint: UInt64(text.utf8.count))
                writer.append(text)
            }
            writer.append(payload.bytes)
        },
        decode: { bytes in
            var reader = ByteReader(bytes)
            guard reader.integer(UInt8.self) == version, let type = text(&reader), let contentType = text(&reader),
                let sender = text(&reader), let rest = reader.run(reader.remaining)
            else { throw damaged }
            return BoxedMessage(
                payload: AgentPayload(type: type, contentType: contentType, bytes: rest),
                sender: sender.isEmpty ? nil : try AgentID(parsing: sender))
        })

    private static func text(_ reader: inout ByteReader) -> String? {
        guard let count = reader.varint(), count <= UInt64(reader.remaining) else { return nil }
        return reader.run(Int(count))?.utf8
    }
}
