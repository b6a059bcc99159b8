import StreamCore

/// Made-up records, the same at every run, as `docs/design/benchmarks.md` describes them.
struct BenchmarkInput {
    private var random: UInt64 = 0x5eed

    /// `count` records of `topic`'s partition 0 in batches of 1,000: keys `key-NNNNNN` uniform over `keys`, 100-byte values,
    /// timestamps spread over `span`.
    mutating func batches(_ topic: String, count: Int, keys: Int, span: Duration) -> [RecordBatch] {
        stride(from: 0, to: count, by: 1_000).map { first in
            let records = (first..<min(first + 1_000, count)).map { index in
                record(index, key: Int(next() % UInt64(keys)), of: count, span)
            }
            return packed(topic, records)
        }
    }

    /// One record for each of `keys` keys.
    mutating func everyKey(_ topic: String, keys: Int) -> [RecordBatch] {
        stride(from: 0, to: keys, by: 1_000).map { first in
            packed(topic, (first..<min(first + 1_000, keys)).map { record($0, key: $0, of: keys, .seconds(1)) })
        }
    }

    private mutating func next() -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random
    }

    private func record(_ index: Int, key: Int, of count: Int, _ span: Duration) -> LogRecord {
        let digits = String(key)
        let name = "key-" + String(repeating: "0", count: 6 - digits.count) + digits
        var value = ByteWriter(capacity: 100)
        value.append(bigEndian: Int64(index))
        while value.count < 100 { value.append(UInt8(truncatingIfNeeded: 97 + (index + value.count) % 26)) }
        return LogRecord(
            offset: Int64(index), timestamp: Timestamp(milliseconds: Int64(index) * span.milliseconds / Int64(count)),
            key: Bytes(name), value: Bytes(value.bytes))
    }

    /// The records as a log hands them over: slices of one allocation.
    private func packed(_ topic: String, _ records: [LogRecord]) -> RecordBatch {
        var arena = ByteWriter()
        for record in records {
            record.key.map { arena.append($0) }
            record.value.map { arena.append($0) }
        }
        let bytes = arena.bytes
        var start = 0
        func slice(_ original: Bytes?) -> Bytes? {
            guard let original else { return nil }
            defer { start += original.count }
            return Bytes(bytes, in: start..<(start + original.count))
        }
        let slices = records.map { record in
            LogRecord(
                offset: record.offset, timestamp: record.timestamp, key: slice(record.key), value: slice(record.value))
        }
        return RecordBatch(
            source: TopicPartition(topic, 0), records: slices, nextOffset: (records.last?.offset ?? -1) + 1)
    }
}
