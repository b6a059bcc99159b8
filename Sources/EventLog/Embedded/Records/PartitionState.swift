import StreamCore

/// A partition as the log has it now.
struct PartitionState {
    /// Its identity.
    let id: Int64
    /// Its start and end.
    let offsets: LogOffsets
    /// Stores that end before this offset may lack what compaction or retention removed.
    let horizon: Int64
    /// The commit that wrote the entry before ``horizon``.
    let horizonCommit: Int64
    /// The topic's incarnation.
    let incarnation: String

    /// The state of `partition`.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic` or `partitionOutOfRange`.
    static func of(_ partition: TopicPartition, in database: Database) throws(EventLogError) -> PartitionState {
        let found = try database.first(
            """
            SELECT p.id, p.start_offset, p.next_offset, p.horizon, p.horizon_commit, t.incarnation
            FROM topic t JOIN topic_partition p ON p.topic_id = t.id WHERE t.name = ? AND p.number = ?
            """, .text(partition.topic), .integer(Int64(partition.partition))
        ) { row in
            PartitionState(
                id: row.integer(0), offsets: LogOffsets(start: row.integer(1), end: row.integer(2)),
                horizon: row.integer(3), horizonCommit: row.integer(4), incarnation: row.text(5))
        }
        if let found { return found }
        let count = try database.first("SELECT partitions FROM topic WHERE name = ?", .text(partition.topic)) {
            $0.integer(0)
        }
        guard let count else {
            throw EventLogError(
                .unknownTopic, "There is no topic \(partition.topic). Create it first, or correct the name.",
                at: partition)
        }
        throw EventLogError(
            .partitionOutOfRange,
            "The topic \(partition.topic) has partitions 0 to \(count - 1), not \(partition.partition).", at: partition)
    }
}
