public import StreamCore

/// How a store's entries lie in its column family, and how that maps to Kafka Streams' changelog layout.
///
/// The first byte of a key tells what it is: 0 the header, 1 an entry, 2 the time index of a store with a TTL.
/// An entry's key is 1 ‖ changelog key, or 1 ‖ segment start ‖ changelog key in a window store, so that retention drops a
/// range. Its value is the timestamp (eight bytes, big-endian) and the value's bytes, or these alone.
@usableFromInline struct StoreLayout: Sendable, Hashable {
    /// Whether values carry their timestamps.
    @usableFromInline let hasTimestamps: Bool
    /// Whether there is a time index.
    @usableFromInline let hasTimeIndex: Bool
    /// The length of a segment in ms; 0 in a key-value store.
    @usableFromInline let segment: Int64

    /// The first byte of a key.
    enum Area {
        static let header: UInt8 = 0
        static let entries: UInt8 = 1
        static let timeIndex: UInt8 = 2
    }

    /// After the key, a changelog key of a window store has the start and a sequence number.
    @usableFromInline static let windowSuffix = 12

    init(_ specification: StoreSpecification, segment: Int64? = nil) {
        switch specification.kind {
        case .keyValue:
            hasTimestamps = specification.ttl != nil
            hasTimeIndex = specification.ttl != nil
            self.segment = 0
        case .timestampedKeyValue:
            hasTimestamps = true
            hasTimeIndex = specification.ttl != nil
            self.segment = 0
        case .window(_, let retention):
            hasTimestamps = true
            hasTimeIndex = false
            self.segment = segment ?? Self.segment(forRetention: retention)
        }
    }

    /// Half the retention, at least a minute, as in Kafka Streams 3.9.
    static func segment(forRetention retention: Int64) -> Int64 { max(retention / 2, 60_000) }

    /// The start of the segment that holds a window.
    @inlinable func segmentStart(of start: Int64) -> Int64 { start - start % segment }

    /// Appends the key of an entry from its changelog key; false when that is too short to be one.
    func appendKey(fromChangelog key: Bytes, to writer: inout ByteWriter) -> Bool {
        writer.append(Area.entries)
        if segment > 0 {
            guard let start = Self.windowStart(ofChangelog: key), start >= 0 else { return false }
            writer.append(bigEndian: segmentStart(of: start))
        }
        writer.append(key)
        return true
    }

    /// The window start in a changelog key.
    static func windowStart(ofChangelog key: Bytes) -> Int64? {
        guard key.count >= windowSuffix else { return nil }
        var reader = ByteReader(key[(key.count - windowSuffix)..<key.count])
        return reader.integer(Int64.self)
    }

    /// How many bytes of an entry's key come before its changelog key.
    var keyPrefix: Int { segment > 0 ? 9 : 1 }

    /// Appends an entry's value.
    func appendValue(_ value: Bytes, _ timestamp: Timestamp, to writer: inout ByteWriter) {
        if hasTimestamps { writer.append(bigEndian: timestamp.milliseconds) }
        writer.append(value)
    }

    /// The timestamp and the value's bytes in an entry's value; nil when it is too short.
    @usableFromInline func split(_ stored: Bytes) -> (timestamp: Timestamp, value: Bytes)? {
        guard hasTimestamps else { return (.unknown, stored) }
        var reader = ByteReader(stored)
        guard let milliseconds = reader.integer(Int64.self) else { return nil }
        return (Timestamp(milliseconds: milliseconds), stored[8..<stored.count])
    }

    /// Appends a time-index key: times in order also when negative.
    static func appendTimeIndexKey(
        _ timestamp: Timestamp, to writer: inout ByteWriter, key: (inout ByteWriter) throws -> Void
    ) rethrows {
        writer.append(Area.timeIndex)
        writer.append(bigEndian: UInt64(bitPattern: timestamp.milliseconds) ^ (1 << 63))
        try key(&writer)
    }

    /// The time and the changelog key in a time-index key.
    static func splitTimeIndexKey(_ key: Bytes) -> (timestamp: Timestamp, key: Bytes)? {
        var reader = ByteReader(key[1..<key.count])
        guard let time = reader.integer(UInt64.self) else { return nil }
        return (Timestamp(milliseconds: Int64(bitPattern: time ^ (1 << 63))), key[9..<key.count])
    }
}
