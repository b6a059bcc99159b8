import StreamCore

/// Reads batches of an embedded log; belongs to one thread.
final class EmbeddedReader: LogReader {
    private struct Position {
        let partition: Int64
        var next: Int64
        var batch: BatchCursor?
    }

    private let file: LogFile
    private let database: Database
    private let watch: LogWatch
    private var positions: [TopicPartition: Position] = [:]

    /// A reader of `file` with no partitions open.
    init(_ file: LogFile) throws(EventLogError) {
        self.file = file
        database = try file.connect()
        watch = try LogWatch(database)
        file.bells.add(watch.bell)
    }

    deinit { file.bells.remove(watch.bell) }

    var wake: @Sendable () -> Void {
        let bell = watch.bell
        return { bell.ring() }
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) {
        let state = try PartitionState.of(source, in: database)
        positions[source] = Position(partition: state.id, next: offset)
    }

    func close(_ source: TopicPartition) { positions[source] = nil }

    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        guard var position = positions[source] else {
            throw EventLogError(.closed, "The partition is not open in this reader: open it first.", at: source)
        }
        var records: [LogRecord] = []
        var budget = ReadBudget(records: maxRecords, bytes: maxBytes)
        try readBatch(of: source, &position, &budget, into: &records)
        if position.batch == nil, budget.records > 0 {
            try readOn(source, &position, &budget, into: &records)
        }
        positions[source] = position
        return RecordBatch(source: source, records: records, nextOffset: position.next)
    }

    func wait(upTo duration: Duration) { watch.wait(upTo: duration) }

    /// Reads what is left of the batch that was begun.
    private func readBatch(
        of source: TopicPartition, _ position: inout Position, _ budget: inout ReadBudget,
        into records: inout [LogRecord]
    ) throws(EventLogError) {
        guard var batch = position.batch else { return }
        do {
            try batch.read(&budget, into: &records)
        } catch {
            throw StoredBatch.damaged(source, position.next, file.folder.database)
        }
        position.batch = batch.isAtEnd ? nil : batch
        if batch.isAtEnd {
            position.next = batch.endOffset
        } else if let last = records.last {
            position.next = last.offset + 1
        }
    }

    /// Reads further batches until the budget is used up; one query, so it sees one moment of the log.
    private func readOn(
        _ source: TopicPartition, _ position: inout Position, _ budget: inout ReadBudget,
        into records: inout [LogRecord]
    ) throws(EventLogError) {
        var offsets: LogOffsets?
        var isBeforeBatch = false
        try database.step(Self.query, [.integer(position.partition), .integer(position.next)]) {
            row throws(EventLogError) in
            let found = LogOffsets(start: row.integer(0), end: row.integer(1))
            offsets = found
            guard found.start <= position.next, !row.isNull(2) else { return false }
            isBeforeBatch = true
            var batch = BatchCursor(
                payload: row.bytes(5), checksum: UInt64(bitPattern: row.integer(4)), baseOffset: row.integer(2),
                endOffset: row.integer(3))
            do { try batch?.skip(to: position.next) } catch { batch = nil }
            guard batch != nil else {
                // What was read before the damage is given first.
                if !records.isEmpty { return false }
                throw StoredBatch.damaged(source, row.integer(2), file.folder.database)
            }
            position.batch = batch
            try readBatch(of: source, &position, &budget, into: &records)
            return position.batch == nil && budget.records > 0
        }
        guard records.isEmpty else { return }
        try check(source, &position, offsets, isBeforeBatch)
    }

    private static let query = """
        SELECT p.start_offset, p.next_offset, b.base_offset, b.next_offset, b.checksum, b.payload
        FROM topic_partition p LEFT JOIN batch b ON b.partition_id = p.id AND b.next_offset > ?2
        WHERE p.id = ?1 ORDER BY b.next_offset
        """

    /// Finds out why there was nothing to read.
    private func check(
        _ source: TopicPartition, _ position: inout Position, _ offsets: LogOffsets?, _ isBeforeBatch: Bool
    ) throws(EventLogError) {
        guard let offsets else {
            throw EventLogError(.unknownTopic, "The topic \(source.topic) was deleted while it was read.", at: source)
        }
        guard (offsets.start...max(offsets.start, offsets.end)).contains(position.next) else {
            throw EventLogError(
                .offsetOutOfRange,
                "Offset \(position.next) is outside of \(source), which has \(offsets.start) up to \(offsets.end): the "
                    + "records were deleted, or never were there.", at: source)
        }
        // Nothing is left between here and the end: compaction took it.
        if !isBeforeBatch { position.next = offsets.end }
    }
}
