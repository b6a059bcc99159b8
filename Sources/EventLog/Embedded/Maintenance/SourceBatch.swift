import StreamCore

/// A batch as compaction reads it.
struct SourceBatch {
    /// The row.
    let row: Int64
    /// The offset it starts with.
    let baseOffset: Int64
    /// The offset after its last record.
    let endOffset: Int64
    /// The commit that wrote it; of a merged one, the last.
    let commit: Int64
    private let checksum: UInt64
    private let payload: [UInt8]

    /// The batches of `partition` that end after `start` and not after `end`: the first, and more up to `bytes`.
    static func load(
        _ partition: Int64, after start: Int64, upTo end: Int64, bytes: Int, in database: Database
    ) throws(EventLogError) -> [SourceBatch] {
        var batches: [SourceBatch] = []
        var size = 0
        let query = """
            SELECT id, base_offset, next_offset, commit_id, checksum, payload FROM batch
            WHERE partition_id = ? AND next_offset > ? AND next_offset <= ? ORDER BY next_offset
            """
        try database.step(query, [.integer(partition), .integer(start), .integer(end)]) { row in
            let batch = SourceBatch(
                row: row.integer(0), baseOffset: row.integer(1), endOffset: row.integer(2), commit: row.integer(3),
                checksum: UInt64(bitPattern: row.integer(4)), payload: row.bytes(5))
            batches.append(batch)
            size += batch.payload.count
            return size < bytes
        }
        return batches
    }

    /// The records.
    ///
    /// - Throws: ``EventLogError`` with code `corrupt` when they are not what was written to the file `path`.
    func records(of place: TopicPartition, path: String) throws(EventLogError) -> [LogRecord] {
        var records: [LogRecord] = []
        var budget = ReadBudget(records: .max, bytes: .max)
        var cursor = BatchCursor(payload: payload, checksum: checksum, baseOffset: baseOffset, endOffset: endOffset)
        do { try cursor?.read(&budget, into: &records) } catch { cursor = nil }
        guard cursor != nil else { throw StoredBatch.damaged(place, baseOffset, path) }
        return records
    }
}
