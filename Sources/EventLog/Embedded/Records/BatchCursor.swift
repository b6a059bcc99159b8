import StreamCore

/// Reads the records of one batch, front to back, in as many steps as it takes: each record is decoded once.
struct BatchCursor {
    /// The offset that follows the batch's last record, kept or compacted away.
    let endOffset: Int64
    private let payload: [UInt8]
    private var position = 1
    private var nextOffset: Int64
    private var lastTimestamp: Int64 = 0

    /// The cursor at the start of a stored batch; nil when the payload is not what was stored.
    init?(payload: [UInt8], checksum: UInt64, baseOffset: Int64, endOffset: Int64) {
        guard payload.first == BatchEncoder.format, Checksum.of(payload) == checksum else { return nil }
        self.payload = payload
        self.endOffset = endOffset
        nextOffset = baseOffset
    }

    /// Whether every record was read.
    var isAtEnd: Bool { position >= payload.count }

    /// Moves on to the first record at or after `offset`.
    mutating func skip(to offset: Int64) throws(BatchDamage) {
        while !isAtEnd, nextOffset <= offset {
            var reader = PayloadReader(at: position)
            let (here, timestamp) = try place(&reader)
            if here >= offset { return }
            try reader.skipRecord(payload)
            advance(reader, here, timestamp)
        }
    }

    /// Appends records to `records` until `budget` is used up or the batch ends.
    mutating func read(_ budget: inout ReadBudget, into records: inout [LogRecord]) throws(BatchDamage) {
        while !isAtEnd, budget.records > 0 {
            var reader = PayloadReader(at: position)
            let (offset, timestamp) = try place(&reader)
            let key = try reader.bytes(payload)
            let value = try reader.bytes(payload)
            let headers = try reader.headers(payload)
            let size = (key?.count ?? 0) &+ (value?.count ?? 0) &+ headers.byteCount
            guard budget.takes(size) else { return }
            records.append(
                LogRecord(
                    offset: offset, timestamp: Timestamp(milliseconds: timestamp), key: key, value: value,
                    headers: headers))
            advance(reader, offset, timestamp)
        }
    }

    private func place(_ reader: inout PayloadReader) throws(BatchDamage) -> (offset: Int64, timestamp: Int64) {
        let gap = try reader.zigzag(payload)
        let (offset, overflow) = nextOffset.addingReportingOverflow(gap)
        guard gap >= 0, !overflow, offset < endOffset else { throw BatchDamage() }
        return (offset, lastTimestamp &+ (try reader.zigzag(payload)))
    }

    private mutating func advance(_ reader: PayloadReader, _ offset: Int64, _ timestamp: Int64) {
        position = reader.position
        nextOffset = offset &+ 1
        lastTimestamp = timestamp
    }
}

/// A batch whose bytes are not what was written.
struct BatchDamage: Error {}

/// How much a read may still return.
struct ReadBudget {
    /// How many records.
    private(set) var records: Int
    private var bytes: Int
    private var isFresh = true

    /// At most `records`, and at most `bytes` but at least one record.
    init(records: Int, bytes: Int) {
        self.records = records
        self.bytes = bytes
    }

    /// Whether a record of `size` bytes fits; it is counted, or the budget is closed.
    mutating func takes(_ size: Int) -> Bool {
        guard isFresh || size <= bytes else {
            records = 0
            return false
        }
        isFresh = false
        records &-= 1
        bytes &-= size
        return true
    }
}
