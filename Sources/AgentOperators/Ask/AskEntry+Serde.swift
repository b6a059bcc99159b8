import StreamCore

extension AskEntry {
    /// The journal's format: a version byte, then fields with lengths; another version is refused.
    static let serde = Serde<AskEntry>(
        description: "tributary.ask-entry", encode: { entry, writer in entry.write(into: &writer) },
        decode: { bytes in try AskEntry(reading: bytes) })

    private static let version: UInt8 = 1

    private func write(into writer: inout ByteWriter) {
        writer.append(Self.version)
        writer.append(text: idempotencyKey)
        writer.append(text: source.topic)
        writer.append(zigzag: Int64(source.partition))
        writer.append(zigzag: record.offset)
        writer.append(zigzag: record.timestamp.milliseconds)
        writer.append(run: record.key)
        writer.append(run: record.value)
        writer.append(varint: UInt64(record.headers.entries.count))
        for header in record.headers.entries {
            writer.append(text: header.name)
            writer.append(run: header.value)
        }
        writer.append(half: key, sameAs: record.key)
        writer.append(half: request, sameAs: record.value)
        writer.append(zigzag: timestamp.milliseconds)
        writer.append(zigzag: deadline.milliseconds)
        writer.append(text: self.writer)
        writer.append(run: startedBy.map { Bytes($0) })
    }

    private convenience init(reading bytes: Bytes) throws {
        var reader = EntryReader(bytes)
        guard try reader.byte() == Self.version else {
            throw SerdeError(
                .malformed, serde: "tributary.ask-entry",
                reason: "written by another version: finish its requests with that version, or reset the application")
        }
        let idempotencyKey = try reader.text()
        let source = TopicPartition(try reader.text(), try reader.partition())
        let (offset, recordTime) = (try reader.number(), try reader.number())
        let (rawKey, rawValue) = (try reader.run(), try reader.run())
        var headers = Headers()
        for _ in 0..<(try reader.count()) { headers.append(try reader.text(), try reader.run()) }
        let record = LogRecord(
            offset: offset, timestamp: Timestamp(milliseconds: recordTime), key: rawKey, value: rawValue,
            headers: headers)
        let (key, request) = (try reader.half(sameAs: rawKey), try reader.half(sameAs: rawValue))
        let (timestamp, deadline) = (try reader.number(), try reader.number())
        let writer = try reader.text()
        let startedBy = try reader.run().map { bytes in
            guard let text = bytes.utf8 else { throw EntryReader.damaged }
            return text
        }
        guard reader.isAtEnd else { throw EntryReader.damaged }
        self.init(
            idempotencyKey: idempotencyKey, source: source, record: record, key: key, request: request,
            timestamp: Timestamp(milliseconds: timestamp), deadline: Timestamp(milliseconds: deadline),
            writer: writer, startedBy: startedBy)
    }
}

extension ByteWriter {
    fileprivate mutating func append(text: String) { append(run: Bytes(text)) }

    /// Length + 1, then the bytes; 0 is null.
    fileprivate mutating func append(run: Bytes?) {
        append(varint: run.map { UInt64($0.count) + 1 } ?? 0)
        if let run { append(run) }
    }

    /// One byte that says "the same", or the bytes.
    fileprivate mutating func append(half: Bytes?, sameAs other: Bytes?) {
        append(half == other ? 1 : 0)
        if half != other { append(run: half) }
    }
}

/// Reads an entry's fields; whatever is cut off or out of range is damage.
private struct EntryReader {
    static let damaged = SerdeError(.malformed, serde: "tributary.ask-entry", reason: "the entry is damaged")
    private var reader: ByteReader

    init(_ bytes: Bytes) { reader = ByteReader(bytes) }

    var isAtEnd: Bool { reader.remaining == 0 }

    mutating func byte() throws -> UInt8 {
        guard let byte = reader.integer(UInt8.self) else { throw Self.damaged }
        return byte
    }

    mutating func number() throws -> Int64 {
        guard let number = reader.zigzag() else { throw Self.damaged }
        return number
    }

    mutating func partition() throws -> Int32 {
        guard let partition = Int32(exactly: try number()) else { throw Self.damaged }
        return partition
    }

    mutating func count() throws -> Int {
        guard let count = reader.varint(), count <= UInt64(reader.remaining) else { throw Self.damaged }
        return Int(count)
    }

    mutating func run() throws -> Bytes? {
        guard let length = reader.varint(), length <= UInt64(reader.remaining) + 1 else { throw Self.damaged }
        guard length > 0 else { return nil }
        guard let run = reader.run(Int(length - 1)) else { throw Self.damaged }
        return run.compact
    }

    mutating func text() throws -> String {
        guard let text = try run()?.utf8 else { throw Self.damaged }
        return text
    }

    mutating func half(sameAs other: Bytes?) throws -> Bytes? {
        switch try byte() {
        case 0: try run()
        case 1: other
        default: throw Self.damaged
        }
    }
}
