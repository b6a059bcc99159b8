import StreamCore

/// Packs records of one partition, offsets ascending, into the payload of a batch.
///
/// A format byte, then for each record, as in Kafka's record format, zigzag varints: the gap since the offset before,
/// the difference to the timestamp before, key length (-1 is null), key, value length, value; the number of headers,
/// and for each its name's length, name, value length, value. The difference of extreme timestamps wraps around.
struct BatchEncoder {
    /// The first byte of every payload.
    static let format: UInt8 = 1
    /// A batch is stored when it has this many bytes or records.
    static let fullBytes = 1 << 20, fullRecords = 10_000

    /// The offset that follows the last record's.
    private(set) var nextOffset: Int64
    /// The offset the batch starts with.
    private(set) var baseOffset: Int64
    /// How many records it has.
    private(set) var count = 0
    /// The latest timestamp; ``Timestamp/unknown`` or less when no record has one.
    private(set) var maxTimestamp = Timestamp(milliseconds: .min)
    private var lastTimestamp: Int64 = 0
    private var writer = ByteWriter()

    /// An empty batch from `baseOffset` on.
    init(baseOffset: Int64) {
        self.baseOffset = baseOffset
        nextOffset = baseOffset
        writer.append(Self.format)
    }

    /// The payload.
    var payload: [UInt8] { writer.bytes }

    /// Whether it is time to store the batch.
    var isFull: Bool { writer.count >= Self.fullBytes || count >= Self.fullRecords }

    /// Forgets the records and goes on after them.
    mutating func startNext() {
        baseOffset = nextOffset
        count = 0
        maxTimestamp = Timestamp(milliseconds: .min)
        lastTimestamp = 0
        writer.removeAll()
        writer.append(Self.format)
    }

    /// Adds a record at `offset`, which is ``nextOffset`` or later.
    mutating func append(
        offset: Int64, timestamp: Timestamp, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: Headers
    ) {
        writer.append(zigzag: offset &- nextOffset)
        writer.append(zigzag: timestamp.milliseconds &- lastTimestamp)
        append(key)
        append(value)
        writer.append(zigzag: Int64(headers.entries.count))
        if !headers.isEmpty { append(headers) }
        nextOffset = offset &+ 1
        lastTimestamp = timestamp.milliseconds
        maxTimestamp = max(maxTimestamp, timestamp)
        count &+= 1
    }

    /// Adds `record` as it was read.
    mutating func append(_ record: LogRecord) {
        Self.withBytes(record.key) { key in
            Self.withBytes(record.value) { value in
                append(
                    offset: record.offset, timestamp: record.timestamp, key: key, value: value,
                    headers: record.headers)
            }
        }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer?) {
        guard let bytes else { return writer.append(zigzag: -1) }
        writer.append(zigzag: Int64(bytes.count))
        writer.append(bytes)
    }

    private mutating func append(_ headers: Headers) {
        for header in headers.entries {
            writer.append(zigzag: Int64(header.name.utf8.count))
            writer.append(header.name)
            Self.withBytes(header.value) { append($0) }
        }
    }

    private static func withBytes(_ bytes: Bytes?, _ body: (UnsafeRawBufferPointer?) -> Void) {
        guard let bytes else { return body(nil) }
        bytes.withUnsafeBytes { body($0) }
    }
}
