extension Serde {
    /// Windowed keys in Kafka's layout: the key's bytes, then the window's start in ms as eight bytes, big-endian.
    ///
    /// As `TimeWindowedSerializer` in Kafka Streams 3.9. The window's end is not in the bytes: it is start + `size`, and
    /// `Int64.max` when `size` is not given.
    ///
    /// - Parameters:
    ///   - inner: the serde of the key within.
    ///   - size: how long each window is; nil when that is not known.
    /// - Returns: the serde; its name holds that of `inner` and, if given, the size in ms.
    public static func windowed<Key: Sendable>(_ inner: Serde<Key>, size: Duration? = nil) -> Serde<Windowed<Key>>
    where Value == Windowed<Key> {
        let name = size.map { "windowed(\(inner.description),\($0.milliseconds))" } ?? "windowed(\(inner.description))"
        return Serde<Windowed<Key>>(
            description: name, unpartitionedSuffix: 8,
            encode: { value, writer in
                guard try inner.writes(value.key, &writer) else {
                    throw SerdeError(.unencodable, serde: name, reason: "a windowed key cannot be null")
                }
                writer.append(bigEndian: value.start.milliseconds)
            },
            decode: { bytes in
                guard bytes.count >= 8 else {
                    throw SerdeError(.malformed, serde: name, reason: "\(bytes.count) bytes; the window alone takes 8")
                }
                let split = bytes.count - 8
                var reader = ByteReader(bytes[split..<bytes.count])
                let start = Timestamp(milliseconds: reader.integer(Int64.self) ?? 0)
                return Windowed(
                    key: try inner.reads(bytes[0..<split]), start: start,
                    end: size.map { start + $0 } ?? Timestamp(milliseconds: .max))
            })
    }
}
