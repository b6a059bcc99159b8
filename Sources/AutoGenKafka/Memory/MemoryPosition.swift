import StreamCore

/// How far a session's topic was read, and which topic of that name it was.
struct MemoryPosition: Sendable, Hashable {
    /// What tells the topic from another of its name; empty when the log does not say.
    var incarnation: String
    /// The offset of the next record.
    var next: Int64

    private static let version: UInt8 = 1

    /// A version byte, the offset, the incarnation.
    static let serde = Serde<MemoryPosition>(
        description: "autogen.memory-position",
        encode: { position, writer in
            writer.append(version)
            writer.append(varint: UInt64(clamping: position.next))
            writer.append(position.incarnation)
        },
        decode: { bytes in
            var reader = ByteReader(bytes)
            guard reader.integer(UInt8.self) == version, let next = reader.varint(),
                let incarnation = reader.run(reader.remaining)?.utf8
            else {
                throw SerdeError(
                    .malformed, serde: "autogen.memory-position", reason: "it is damaged or of another version")
            }
            return MemoryPosition(incarnation: incarnation, next: Int64(clamping: next))
        })
}
