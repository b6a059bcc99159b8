import StreamCore

/// A partition whose topic keeps records for a time.
struct RetainedPartition {
    /// The partition's identity.
    let id: Int64
    /// Records from before are too old.
    let cutoff: Timestamp

    /// All partitions of topics that have a retention and delete what is older.
    ///
    /// Where records are compacted too, they are somebody's state: their age counts in their own time, from the newest
    /// record of the partition. By the wall clock a store of windows that were long ago would lose them as they are made.
    static func all(in database: SharedDatabase, now: Timestamp) throws(EventLogError) -> [RetainedPartition] {
        try database.use { database throws(EventLogError) in
            let partitions = try database.rows(
                """
                SELECT p.id, t.retention_ms, t.cleanup FROM topic t JOIN topic_partition p ON p.topic_id = t.id
                WHERE t.retention_ms IS NOT NULL AND t.cleanup <> ? ORDER BY p.id
                """, .text(CleanupPolicy.compact.rawValue)
            ) { (id: $0.integer(0), retention: $0.integer(1), cleanup: $0.text(2)) }
            var retained: [RetainedPartition] = []
            for partition in partitions {
                let isState = partition.cleanup == CleanupPolicy.compactDelete.rawValue
                guard let newest = isState ? try newest(of: partition.id, in: database) : now else { continue }
                let cutoff = newest - .milliseconds(partition.retention)
                retained.append(RetainedPartition(id: partition.id, cutoff: cutoff))
            }
            return retained
        }
    }

    /// The latest timestamp among the last batches of a partition; nil when it is empty.
    private static func newest(of partition: Int64, in database: Database) throws(EventLogError) -> Timestamp? {
        try database.rows(
            "SELECT max_timestamp FROM batch WHERE partition_id = ? ORDER BY next_offset DESC LIMIT 64",
            .integer(partition)
        ) { Timestamp(milliseconds: $0.integer(0)) }.max()
    }
}

/// Deletes the oldest batches of partitions, whole ones only and a few at a time.
struct Retention {
    private struct Oldest {
        let row: Int64
        let endOffset: Int64
        let commit: Int64
        let latest: Timestamp
        let records: Int64
    }

    private static let batchesAtOnce: Int64 = 64

    let file: LogFile
    let database: SharedDatabase

    /// Deletes some of the batches that are too old, from the front up to the first that is not.
    ///
    /// - Returns: how many records are gone; 0 when there is nothing more to delete.
    func deleteOldest(_ partition: RetainedPartition) throws(EventLogError) -> Int64 {
        try database.use { database throws(EventLogError) in
            guard let first = try oldest(of: partition.id, limit: 1, database).first, first.latest < partition.cutoff
            else { return 0 }
            return try file.write(database) { () throws(EventLogError) in
                let batches = try oldest(of: partition.id, limit: Self.batchesAtOnce, database)
                let old = batches.prefix { $0.latest < partition.cutoff }
                try delete(old, of: partition.id, start: old.last?.endOffset ?? 0, database)
                return old.reduce(0) { $0 + max(1, $1.records) }
            }
        }
    }

    /// Deletes some of the batches that end at or before `offset`, which becomes the partition's start.
    ///
    /// - Returns: how many batches are gone; 0 when there is nothing more to delete.
    func delete(from partition: Int64, before offset: Int64) throws(EventLogError) -> Int {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                let batches = try oldest(of: partition, limit: Self.batchesAtOnce, database)
                let read = batches.prefix { $0.endOffset <= offset }
                try delete(read, of: partition, start: offset, database)
                return read.count
            }
        }
    }

    private func oldest(of partition: Int64, limit: Int64, _ database: Database) throws(EventLogError) -> [Oldest] {
        try database.rows(
            """
            SELECT id, next_offset, commit_id, max_timestamp, records FROM batch WHERE partition_id = ?
            ORDER BY next_offset LIMIT ?
            """, .integer(partition), .integer(limit)
        ) { row in
            Oldest(
                row: row.integer(0), endOffset: row.integer(1), commit: row.integer(2),
                latest: Timestamp(milliseconds: row.integer(3)), records: row.integer(4))
        }
    }

    private func delete(
        _ batches: ArraySlice<Oldest>, of partition: Int64, start: Int64, _ database: Database
    ) throws(EventLogError) {
        for batch in batches { try database.run("DELETE FROM batch WHERE id = ?", .integer(batch.row)) }
        try database.run(
            "UPDATE topic_partition SET start_offset = max(start_offset, ?) WHERE id = ?", .integer(start),
            .integer(partition))
        guard let last = batches.last else { return }
        try Horizon.raise(partition, to: last.endOffset, commit: last.commit, in: database)
    }
}

/// Up to where a partition may lack records that a store has to see.
enum Horizon {
    /// Raises the horizon of `partition` to `offset`, before which `commit` wrote.
    static func raise(
        _ partition: Int64, to offset: Int64, commit: Int64, in database: Database
    ) throws(EventLogError) {
        try database.run(
            "UPDATE topic_partition SET horizon = ?2, horizon_commit = ?3 WHERE id = ?1 AND horizon < ?2",
            .integer(partition), .integer(offset), .integer(commit))
    }
}
