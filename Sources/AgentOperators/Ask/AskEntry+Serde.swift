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
        var reader = EntryReader(bytes, of: "tributary.ask-entry")
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
            guard let text = bytes.utf8 else { throw reader.damaged }
            return text
        }
        guard reader.isAtEnd else { throw reader.damaged }
        self.init(
            idempotencyKey: idempotencyKey, source: source, record: record, key: key, request: request,
            timestamp: Timestamp(milliseconds: timestamp), deadline: Timestamp(milliseconds: deadline),
            writer: writer, startedBy: startedBy)
    }
}
