import StreamCore

/// A partition of the simulated cluster: every record with its transaction, and the markers that end transactions here.
struct SimulatedPartition {
    private struct Entry {
        /// Nil for a marker.
        let record: LogRecord?
        /// Nil for a record that belongs to no transaction.
        let transaction: Int?
    }

    private(set) var start: Int64 = 0
    private var entries: [Entry] = []
    /// Where the transactions begin whose marker is not here yet.
    private var open: [Int: Int64] = [:]
    private var aborted: Set<Int> = []

    /// All records count, those of open transactions too.
    var highWatermark: Int64 { Int64(entries.count) }

    /// Where the first transaction begins that has no marker here.
    var lastStableOffset: Int64 { open.values.min() ?? highWatermark }

    func end(_ isolation: IsolationLevel) -> Int64 {
        isolation == .committed ? lastStableOffset : highWatermark
    }

    mutating func append(
        key: Bytes?, value: Bytes?, timestamp: Timestamp, headers: Headers, transaction: Int?
    ) {
        let offset = highWatermark
        let record = LogRecord(offset: offset, timestamp: timestamp, key: key, value: value, headers: headers)
        entries.append(Entry(record: record, transaction: transaction))
        if let transaction, open[transaction] == nil { open[transaction] = offset }
    }

    /// The marker of `transaction` arrives: only now do readers learn how it ended.
    mutating func mark(_ transaction: Int, committed: Bool) {
        entries.append(Entry(record: nil, transaction: transaction))
        open[transaction] = nil
        if !committed { aborted.insert(transaction) }
    }

    mutating func trim(before offset: Int64) { start = max(start, min(offset, lastStableOffset)) }

    /// Records from `position` on, and where to read on; markers and aborted records are passed over.
    func read(from position: Int64, _ isolation: IsolationLevel, maxRecords: Int) -> ([LogRecord], Int64) {
        var records: [LogRecord] = []
        var next = position
        let end = end(isolation)
        while next < end, records.count < maxRecords {
            let entry = entries[Int(next)]
            next += 1
            guard let record = entry.record else { continue }
            if isolation == .committed, let transaction = entry.transaction, aborted.contains(transaction) { continue }
            records.append(record)
        }
        return (records, next)
    }

    /// The records that are committed, by `isCommitted` where no marker says so yet.
    func settled(_ isCommitted: (Int) -> Bool) -> [LogRecord] {
        entries.compactMap { entry in
            guard let record = entry.record else { return nil }
            guard let transaction = entry.transaction else { return record }
            if open[transaction] != nil { return isCommitted(transaction) ? record : nil }
            return aborted.contains(transaction) ? nil : record
        }
    }
}
