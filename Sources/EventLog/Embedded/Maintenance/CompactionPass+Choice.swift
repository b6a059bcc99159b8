import StreamCore

extension CompactionPass {
    /// A pass over the next partition that has more new records than compacted ones; nil when none has.
    static func next(
        _ database: SharedDatabase, _ options: EmbeddedLogOptions, now: Timestamp
    ) throws(EventLogError) -> CompactionPass? {
        // Whatever was committed in the last moments is left alone: a store may have a checkpoint there.
        let youngest = CommitIdentity.first(at: now - options.compactionLag + .milliseconds(1))
        return try database.use { database throws(EventLogError) in
            let candidates = try candidates(options.compactionThreshold, in: database)
            for (place, partition, horizon) in candidates {
                let old = try database.first(
                    """
                    SELECT sum(records), max(next_offset) FROM batch
                    WHERE partition_id = ? AND next_offset > ? AND commit_id < ?
                    """, .integer(partition), .integer(horizon), .integer(youngest)
                ) { (records: $0.integer(0), end: $0.integer(1)) }
                let compacted = try database.first(
                    "SELECT sum(records) FROM batch WHERE partition_id = ? AND next_offset <= ?", .integer(partition),
                    .integer(horizon)
                ) { $0.integer(0) }
                guard let old, old.records >= max(1, options.compactionThreshold, compacted ?? 0) else { continue }
                return CompactionPass(place, partition, horizon: horizon, end: old.end)
            }
            return nil
        }
    }

    private static func candidates(
        _ threshold: Int64, in database: Database
    ) throws(EventLogError) -> [(place: TopicPartition, partition: Int64, horizon: Int64)] {
        try database.rows(
            """
            SELECT t.name, p.number, p.id, p.horizon FROM topic t JOIN topic_partition p ON p.topic_id = t.id
            WHERE t.cleanup <> ? AND p.next_offset - p.horizon >= ? ORDER BY p.id
            """, .text(CleanupPolicy.delete.rawValue), .integer(threshold)
        ) { row in
            (TopicPartition(row.text(0), Int32(clamping: row.integer(1))), row.integer(2), row.integer(3))
        }
    }
}
