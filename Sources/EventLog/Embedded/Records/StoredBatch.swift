import StreamCore

/// The table of batches.
enum StoredBatch {
    /// Inserts `batch`, which ends before `endOffset`.
    static func insert(
        _ batch: BatchEncoder, partition: Int64, endOffset: Int64, commit: Int64, now: Timestamp, in database: Database
    ) throws(EventLogError) {
        // Records without a time are as old as their append, or retention would delete them at once.
        let latest = batch.maxTimestamp.milliseconds < 0 ? now : batch.maxTimestamp
        let payload = batch.payload
        try database.insert(
            """
            INSERT INTO batch(
                partition_id, base_offset, next_offset, commit_id, max_timestamp, records, checksum, payload)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(partition), .integer(batch.baseOffset), .integer(endOffset), .integer(commit),
            .integer(latest.milliseconds), .integer(Int64(batch.count)),
            .integer(Int64(bitPattern: Checksum.of(payload))), bytes: payload)
    }

    /// The error for a batch of `partition` that cannot be decoded.
    static func damaged(_ partition: TopicPartition, _ baseOffset: Int64, _ path: String) -> EventLogError {
        EventLogError(
            .corrupt,
            "The batch at offset \(baseOffset) in \(path) is damaged: its bytes are not what was written. Restore the "
                + "file from a backup, or start reading after the batch.", at: partition)
    }
}
