import StreamCore

/// The topics as one connection knows them: partitions by number, looked up once.
///
/// Partition identities are never given twice, so an entry that outlives its topic is found out when it is used.
struct TopicCatalog {
    /// A topic's partitions.
    struct Entry {
        /// The identity of each partition, by number.
        let partitions: [Int64]
        /// The topic's own record limit.
        let maxRecordBytes: Int?
    }

    private var entries: [String: Entry] = [:]

    /// The topic `name`.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`.
    mutating func entry(_ name: String, in database: Database) throws(EventLogError) -> Entry {
        if let entry = entries[name] { return entry }
        let rows = try database.rows(
            """
            SELECT p.id, t.max_record_bytes FROM topic t JOIN topic_partition p ON p.topic_id = t.id
            WHERE t.name = ? ORDER BY p.number
            """, .text(name)
        ) { ($0.integer(0), $0.optionalInteger(1)) }
        guard let first = rows.first else {
            throw EventLogError(.unknownTopic, "There is no topic \(name). Create it first, or correct the name.")
        }
        let entry = Entry(partitions: rows.map(\.0), maxRecordBytes: first.1.map { Int(clamping: $0) })
        entries[name] = entry
        return entry
    }

    /// The identity of `partition`.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic` or `partitionOutOfRange`.
    mutating func identity(of partition: TopicPartition, in database: Database) throws(EventLogError) -> Int64 {
        let entry = try entry(partition.topic, in: database)
        guard entry.partitions.indices.contains(Int(partition.partition)) else {
            throw Self.outOfRange(partition, entry)
        }
        return entry.partitions[Int(partition.partition)]
    }

    /// Forgets everything, because a topic was deleted.
    mutating func forget() { entries.removeAll() }

    static func outOfRange(_ partition: TopicPartition, _ entry: Entry) -> EventLogError {
        EventLogError(
            .partitionOutOfRange,
            "The topic \(partition.topic) has partitions 0 to \(entry.partitions.count - 1), "
                + "not \(partition.partition).",
            at: partition)
    }
}
