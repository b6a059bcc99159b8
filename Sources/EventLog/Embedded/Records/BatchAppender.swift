import StreamCore

/// Packs records into batches, one run for each partition, and inserts them in the transaction that the caller holds.
struct BatchAppender {
    private struct Run {
        let place: TopicPartition
        let partition: Int64
        let firstOffset: Int64
        var batch: BatchEncoder
    }

    private struct Destination {
        let topic: TopicCatalog.Entry
        let recordLimit: Int
        /// The run of each partition; -1 when it has none yet.
        var runs: [Int]
    }

    private let database: Database
    private let commit: Int64
    private let now: Timestamp
    private let recordLimit: Int
    private var runs: [Run] = []

    /// An appender for the commit `commit`.
    init(_ database: Database, commit: Int64, now: Timestamp, recordLimit: Int) {
        self.database = database
        self.commit = commit
        self.now = now
        self.recordLimit = recordLimit
    }

    /// Appends all of `records` and returns the offsets they were given.
    ///
    /// - Throws: ``EventLogError`` of a record or of the file; what was inserted before is for the caller to undo.
    mutating func append(
        _ records: RecordBuffer, _ catalog: inout TopicCatalog
    ) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        runs.removeAll(keepingCapacity: true)
        var destinations = [Destination?](repeating: nil, count: records.topics.count)
        let arena = records.arena
        for entry in records.entries {
            try append(entry, of: records, arena, &destinations, &catalog)
        }
        for index in runs.indices { try finish(index) }
        return Dictionary(runs.map { ($0.place, $0.firstOffset..<$0.batch.nextOffset) }) { first, _ in first }
    }

    private mutating func append(
        _ entry: RecordBuffer.Entry, of records: RecordBuffer, _ arena: [UInt8],
        _ destinations: inout [Destination?], _ catalog: inout TopicCatalog
    ) throws(EventLogError) {
        let topic = Int(entry.topic)
        let keyLength = Int(max(0, entry.keyLength))
        let valueLength = Int(max(0, entry.valueLength))
        guard destinations.indices.contains(topic), entry.start >= 0,
            entry.start + keyLength + valueLength <= arena.count
        else { throw EventLogError(.other, "A record buffer has an entry that lies outside of it.") }
        let place = { TopicPartition(records.topics[topic], entry.partition) }
        if destinations[topic] == nil {
            destinations[topic] = try look(records.topics[topic], &catalog)
        }
        if destinations[topic]?.runs.indices.contains(Int(entry.partition)) == false {
            // The topic may have grown since the catalog looked.
            catalog.forget()
            let begun = destinations[topic]?.runs ?? []
            var grown = try look(records.topics[topic], &catalog)
            for index in grown.runs.indices where begun.indices.contains(index) { grown.runs[index] = begun[index] }
            destinations[topic] = grown
        }
        guard let destination = destinations[topic] else { return }
        guard destination.runs.indices.contains(Int(entry.partition)) else {
            throw TopicCatalog.outOfRange(place(), destination.topic)
        }
        let size = keyLength + valueLength + (entry.headers.isEmpty ? 0 : entry.headers.byteCount)
        guard size <= destination.recordLimit else { throw Self.tooLarge(place(), size, destination.recordLimit) }
        var run = destination.runs[Int(entry.partition)]
        if run < 0 {
            run = try startRun(place(), destination.topic.partitions[Int(entry.partition)], &catalog)
            destinations[topic]?.runs[Int(entry.partition)] = run
        }
        // Key and value go from the arena to the batch as they are: no slice is made for each record.
        arena.withUnsafeBytes { arena in
            let value = entry.start + keyLength
            runs[run].batch.append(
                offset: runs[run].batch.nextOffset, timestamp: entry.timestamp,
                key: entry.keyLength < 0 ? nil : UnsafeRawBufferPointer(rebasing: arena[entry.start..<value]),
                value: entry.valueLength < 0
                    ? nil : UnsafeRawBufferPointer(rebasing: arena[value..<(value + valueLength)]),
                headers: entry.headers)
        }
        if runs[run].batch.isFull { try store(run) }
    }

    private func look(_ topic: String, _ catalog: inout TopicCatalog) throws(EventLogError) -> Destination {
        let found = try catalog.entry(topic, in: database)
        return Destination(
            topic: found, recordLimit: found.maxRecordBytes ?? recordLimit,
            runs: [Int](repeating: -1, count: found.partitions.count))
    }

    private mutating func startRun(
        _ place: TopicPartition, _ partition: Int64, _ catalog: inout TopicCatalog
    ) throws(EventLogError) -> Int {
        let next = "SELECT next_offset FROM topic_partition WHERE id = ?"
        var partition = partition
        var offset = try database.first(next, .integer(partition)) { $0.integer(0) }
        if offset == nil {
            // Deleted since the catalog looked; perhaps there is a new topic of that name.
            catalog.forget()
            partition = try catalog.identity(of: place, in: database)
            offset = try database.first(next, .integer(partition)) { $0.integer(0) }
        }
        guard let offset else { throw EventLogError(.unknownTopic, "There is no topic \(place.topic).", at: place) }
        runs.append(
            Run(place: place, partition: partition, firstOffset: offset, batch: BatchEncoder(baseOffset: offset)))
        return runs.count - 1
    }

    private mutating func finish(_ run: Int) throws(EventLogError) {
        if runs[run].batch.count > 0 { try store(run) }
        try database.run(
            "UPDATE topic_partition SET next_offset = ? WHERE id = ?", .integer(runs[run].batch.nextOffset),
            .integer(runs[run].partition))
    }

    private mutating func store(_ run: Int) throws(EventLogError) {
        try StoredBatch.insert(
            runs[run].batch, partition: runs[run].partition, endOffset: runs[run].batch.nextOffset, commit: commit,
            now: now, in: database)
        runs[run].batch.startNext()
    }

    private static func tooLarge(_ place: TopicPartition, _ size: Int, _ limit: Int) -> EventLogError {
        EventLogError(
            .recordTooLarge,
            "A record of \(size) bytes is larger than the \(limit) bytes that the topic \(place.topic) takes. "
                + "Make it smaller, or raise the topic's maxRecordBytes.", at: place)
    }
}
