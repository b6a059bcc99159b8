public import StreamCore
import Synchronization

extension EmbeddedEventLog {
    /// Deletes what is older than its topic's retention and compacts compacted topics, for about `budget`.
    ///
    /// Nothing else does: call it now and then, from any thread but one that must not wait for the disk. One process
    /// at a time works; others return at once.
    ///
    /// - Returns: what was done, and whether there is more to do.
    /// - Throws: ``EventLogError`` when the log cannot be changed; calling again goes on.
    @discardableResult
    public func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance {
        guard let lock = try LockFile.tryLock(file.folder.maintenance) else { return LogMaintenance() }
        defer { withExtendedLifetime(lock) {} }
        let end = ContinuousClock.now + budget
        var done = LogMaintenance()
        try removeOrphans(until: end)
        try database.use { database throws(EventLogError) in try CommitIdentity.forgetOld(in: database) }
        for partition in try RetainedPartition.all(in: database, now: now) {
            while ContinuousClock.now < end {
                let deleted = try Retention(file: file, database: database).deleteOldest(partition)
                done.deletedRecords += deleted
                if deleted == 0 { break }
            }
        }
        try compact(now, until: end, &done)
        done.isFinished = ContinuousClock.now < end
        return done
    }

    /// Deletes the records of `partition` before `offset`: they have been read by everybody who has to.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange`, or `offsetOutOfRange` when the
    ///   partition does not reach to `offset`.
    public func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError) {
        let state = try database.use { database throws(EventLogError) in
            try PartitionState.of(partition, in: database)
        }
        guard (0...state.offsets.end).contains(offset) else {
            throw EventLogError(
                .offsetOutOfRange,
                "The partition ends at \(state.offsets.end): it cannot be trimmed at \(offset).", at: partition)
        }
        let retention = Retention(file: file, database: database)
        while try retention.delete(from: state.id, before: offset) > 0 {}
    }

    /// Deletes the batches of deleted topics, a few at a time so that nobody waits long; nil is until all are gone.
    func removeOrphans(until end: ContinuousClock.Instant?) throws(EventLogError) {
        let removed = try database.use { database throws(EventLogError) in
            try database.rows("SELECT id FROM removed_partition") { $0.integer(0) }
        }
        for partition in removed {
            var isEmpty = false
            while !isEmpty {
                if let end, ContinuousClock.now >= end { return }
                isEmpty = try removeSome(of: partition)
            }
        }
    }

    /// Deletes some batches of a partition whose topic is gone; true when that was the rest.
    private func removeSome(of partition: Int64) throws(EventLogError) -> Bool {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                let deleted = try database.run(
                    "DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE partition_id = ? LIMIT 64)",
                    .integer(partition))
                guard deleted == 0 else { return false }
                try database.run("DELETE FROM removed_partition WHERE id = ?", .integer(partition))
                return true
            }
        }
    }

    private func compact(
        _ now: Timestamp, until end: ContinuousClock.Instant, _ done: inout LogMaintenance
    ) throws(EventLogError) {
        var pass = maintenance.pass.withLock { $0.take() }
        while ContinuousClock.now < end {
            if pass == nil { pass = try CompactionPass.next(database, file.options, now: now) }
            guard var running = pass else { return }
            // A pass that fails is not kept: the next call starts anew.
            pass = nil
            done.compactedRecords += try running.step(file, database, now: now)
            pass = running.isFinished ? nil : running
        }
        maintenance.pass.withLock { $0 = pass }
    }
}

/// What a call of maintenance did.
public struct LogMaintenance: Sendable, Hashable {
    /// How many records were older than their topic's retention.
    public var deletedRecords: Int64 = 0
    /// How many records compaction removed, because later ones have their keys.
    public var compactedRecords: Int64 = 0
    /// Whether there is nothing left to do for this process; otherwise call again soon.
    public var isFinished = true
}
