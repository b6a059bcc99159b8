import StreamCore

/// One compaction of one partition: first finds the last record of each key, then rewrites the batches without the
/// others.
///
/// Both happen in small steps, each of which leaves a log that is right. Deletion marks go when they are old enough and
/// everything before them was rewritten; the partition's horizon moves in the same transaction, and a store from before
/// it is rebuilt.
struct CompactionPass: Sendable {
    /// What the offsets of keys may take before a pass is cut short.
    private static let maxKeyBytes = 64 << 20
    /// How many bytes of batches one step reads.
    static let stepBytes = 4 << 20

    private let place: TopicPartition
    private let partition: Int64
    private var end: Int64
    private var mapped: Int64
    private var rewritten: Int64 = 0
    private var lastOffsets: [Bytes: Int64] = [:]
    private var keyBytes = 0
    /// Whether every batch was rewritten.
    private(set) var isFinished = false

    private var isMapping: Bool { mapped < end }

    /// A pass over `place` up to `end`, whose records before `horizon` were compacted before.
    init(_ place: TopicPartition, _ partition: Int64, horizon: Int64, end: Int64) {
        self.place = place
        self.partition = partition
        self.end = end
        mapped = horizon
    }

    /// Does some of the work: reads batches of about `bytes` bytes.
    ///
    /// - Returns: how many records were removed.
    mutating func step(
        _ file: LogFile, _ database: SharedDatabase, now: Timestamp, bytes: Int = stepBytes
    ) throws(EventLogError) -> Int64 {
        if isMapping {
            try map(database, path: file.folder.database, bytes)
            return 0
        }
        let cutoff = now - file.options.tombstoneRetention
        var pass = self
        let removed = try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                try pass.rewrite(database, dropTombstonesUpTo: cutoff, now: now, bytes)
            }
        }
        self = pass
        return removed
    }

    /// Remembers the last offset of each key in some of the batches that no pass has seen.
    private mutating func map(_ database: SharedDatabase, path: String, _ bytes: Int) throws(EventLogError) {
        let batches = try database.use { database throws(EventLogError) in
            try SourceBatch.load(partition, after: mapped, upTo: end, bytes: bytes, in: database)
        }
        guard let last = batches.last else { return mapped = end }
        for batch in batches {
            for record in try batch.records(of: place, path: path) {
                guard let key = record.key else { continue }
                if lastOffsets.updateValue(record.offset, forKey: key.compact) == nil { keyBytes += key.count + 64 }
            }
        }
        mapped = last.endOffset
        if keyBytes > Self.maxKeyBytes { end = mapped }
    }

    /// Rewrites some batches; in a transaction.
    private mutating func rewrite(
        _ database: Database, dropTombstonesUpTo cutoff: Timestamp, now: Timestamp, _ bytes: Int
    ) throws(EventLogError) -> Int64 {
        let batches = try SourceBatch.load(partition, after: rewritten, upTo: end, bytes: bytes, in: database)
        guard let first = batches.first, let last = batches.last else {
            isFinished = true
            return 0
        }
        var merged: [(batch: BatchEncoder, endOffset: Int64)] = []
        var encoder = BatchEncoder(baseOffset: first.baseOffset)
        var removed: Int64 = 0
        for batch in batches {
            let dropsTombstones = CommitIdentity.time(of: batch.commit) <= cutoff
            for record in try batch.records(of: place, path: database.path) {
                guard isLast(record), record.value != nil || !dropsTombstones || record.key == nil else {
                    removed += 1
                    continue
                }
                encoder.append(record)
                guard encoder.isFull else { continue }
                merged.append((encoder, encoder.nextOffset))
                encoder.startNext()
            }
        }
        if encoder.count > 0 { merged.append((encoder, last.endOffset)) }
        if removed > 0 || merged.count < batches.count {
            for batch in batches { try database.run("DELETE FROM batch WHERE id = ?", .integer(batch.row)) }
            for (batch, endOffset) in merged {
                try StoredBatch.insert(
                    batch, partition: partition, endOffset: endOffset, commit: last.commit, now: now, in: database)
            }
        }
        try Horizon.raise(partition, to: last.endOffset, commit: last.commit, in: database)
        rewritten = last.endOffset
        return removed
    }

    private func isLast(_ record: LogRecord) -> Bool {
        guard let key = record.key, let last = lastOffsets[key] else { return true }
        return last <= record.offset
    }
}
