import StreamCore

/// The table of the positions that applications have committed.
enum CommittedPositions {
    /// The longest metadata in bytes, as in Kafka.
    static let maxMetadata = 4_096

    /// The positions of `application`, for those of `partitions` that have one.
    static func read(
        _ application: String, _ partitions: [TopicPartition], in database: Database
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        var positions: [TopicPartition: CommittedPosition] = [:]
        for partition in partitions {
            positions[partition] = try database.first(
                "SELECT next_offset, metadata FROM position WHERE application = ? AND topic = ? AND number = ?",
                .text(application), .text(partition.topic), .integer(Int64(partition.partition))
            ) { CommittedPosition(offset: $0.integer(0), metadata: $0.text(1)) }
        }
        return positions
    }

    /// Writes `position` of `application` in `partition` down.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange` or `invalidConfiguration` when it
    ///   cannot be a position.
    static func write(
        _ application: String, _ partition: TopicPartition, _ position: CommittedPosition, in database: Database
    ) throws(EventLogError) {
        guard position.offset >= 0, position.metadata.utf8.count <= maxMetadata else {
            throw EventLogError(
                .invalidConfiguration,
                "A position has an offset of 0 or more and at most \(maxMetadata) bytes of metadata, not offset "
                    + "\(position.offset) and \(position.metadata.utf8.count) bytes.", at: partition)
        }
        let written = try database.run(
            """
            INSERT INTO position(application, topic, number, next_offset, metadata)
            SELECT ?1, ?2, ?3, ?4, ?5
            WHERE EXISTS (SELECT 1 FROM topic WHERE name = ?2 AND ?3 BETWEEN 0 AND partitions - 1)
            ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset, metadata = excluded.metadata
            """, .text(application), .text(partition.topic), .integer(Int64(partition.partition)),
            .integer(position.offset), .text(position.metadata))
        // Says which of the two is missing.
        if written == 0 { _ = try PartitionState.of(partition, in: database) }
    }
}
