import AgentOperators
import StreamCore

/// A message that waits for its turn, or is at work, with the record that it came in.
struct LaneEntry: Sendable, Hashable {
    var envelope: Envelope
    var line: String
    var timestamp: Timestamp
    var source: TopicPartition
    var record: LogRecord
    var isReleased = false

    private static let version: UInt8 = 1
    private static let name = "tributary.lane-entry"

    /// The store's format: a version byte, then fields with lengths; another version is refused.
    static let serde = Serde<LaneEntry>(
        description: name,
        encode: { entry, writer in
            writer.append(version)
            writer.append(entry.isReleased ? 1 : 0)
            writer.append(run: entry.envelope.bytes())
            writer.append(text: entry.line)
            writer.append(zigzag: entry.timestamp.milliseconds)
            writer.append(text: entry.source.topic)
            writer.append(zigzag: Int64(entry.source.partition))
            writer.append(zigzag: entry.record.offset)
            writer.append(zigzag: entry.record.timestamp.milliseconds)
            writer.append(run: entry.record.key)
            writer.append(run: entry.record.value)
            writer.append(varint: UInt64(entry.record.headers.entries.count))
            for header in entry.record.headers.entries {
                writer.append(text: header.name)
                writer.append(run: header.value)
            }
        }, decode: { bytes in try LaneEntry(reading: bytes) })

    init(_ envelope: Envelope, line: String, at timestamp: Timestamp, from source: TopicPartition, _ record: LogRecord)
    {
        self.envelope = envelope
        self.line = line
        self.timestamp = timestamp
        self.source = source
        self.record = record
    }

    private init(reading bytes: Bytes) throws {
        var reader = EntryReader(bytes, of: Self.name)
        guard try reader.byte() == Self.version else {
            throw SerdeError(
                .malformed, serde: Self.name,
                reason: "written by another version: let that version work off its messages, or reset the application")
        }
        let isReleased = try reader.byte() == 1
        let envelope = try Envelope(parsing: try reader.run() ?? .empty)
        let line = try reader.text()
        let timestamp = Timestamp(milliseconds: try reader.number())
        let source = TopicPartition(try reader.text(), try reader.partition())
        let (offset, time) = (try reader.number(), try reader.number())
        let (key, value) = (try reader.run(), try reader.run())
        var headers = Headers()
        for _ in 0..<(try reader.count()) { headers.append(try reader.text(), try reader.run()) }
        guard reader.isAtEnd else { throw reader.damaged }
        self.init(
            envelope, line: line, at: timestamp, from: source,
            LogRecord(
                offset: offset, timestamp: Timestamp(milliseconds: time), key: key, value: value, headers: headers))
        self.isReleased = isReleased
    }
}
