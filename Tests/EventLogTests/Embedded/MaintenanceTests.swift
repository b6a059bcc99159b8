@testable import EventLog
import StreamCore
import Synchronization
import Testing

@Suite struct MaintenanceTests {
    /// When records are appended.
    static let now = Timestamp(milliseconds: 1_700_000_000_000)
    /// When maintenance runs.
    static let later = now + .seconds(1)

    /// A log whose compaction starts at once and drops deletion marks at once.
    static func compacting(
        _ folder: String, tombstones: Duration = .zero, lag: Duration = .zero, cleanup: CleanupPolicy = .compact
    ) throws -> EmbeddedEventLog {
        let log = try EmbeddedEventLog(
            dataDirectory: folder,
            options: EmbeddedLogOptions(
                clock: ManualWallClock(now), tombstoneRetention: tombstones, compactionLag: lag, compactionThreshold: 1)
        )
        try log.createTopic(TopicSpecification("t", partitions: 1, cleanup: cleanup))
        return log
    }

    /// The last value of each key.
    static func fold(_ records: [LogRecord], onto start: [Bytes: Bytes] = [:]) -> [Bytes: Bytes] {
        records.reduce(into: start) { state, record in
            if let key = record.key { state[key] = record.value }
        }
    }

    /// Everything that can be read from `offset` on.
    static func all(_ log: EmbeddedEventLog, from offset: Int64 = 0, pieces: Int = 10_000) throws -> [LogRecord] {
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(place, at: offset)
        let end = try log.offsets(of: place, isolation: .committed).end
        var (records, next): ([LogRecord], Int64) = ([], offset)
        while next < end {
            let batch = try reader.read(place, maxRecords: pieces, maxBytes: 1 << 20)
            records += batch.records
            next = batch.nextOffset
        }
        return records
    }

    @Test func `compaction keeps the last record of each key, its offset and everything about it`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            for round in 0..<50 {
                let samples = (0..<10).map { Sample(Bytes("k\($0)"), Bytes("v\(round)"), at: Int64(round)) }
                try log.append(RecordBuffer(samples, to: place))
            }
            let done = try log.maintain(now: Self.later, upTo: .seconds(10))
            #expect(done == LogMaintenance(deletedRecords: 0, compactedRecords: 490, isFinished: true))
            let records = try Self.all(log)
            #expect(records.map(\.offset) == Array(490..<500))
            let isLast = records.allSatisfy { $0.value == "v49" && $0.timestamp.milliseconds == 49 }
            #expect(isLast)
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 0, end: 500))
            #expect(try log.append(RecordBuffer([Sample("k", "v")], to: place)) == [place: 500..<501])
        }
    }

    @Test func `records without keys are not compacted away, nor topics that are not compacted`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            let samples = [Sample(nil, "a"), Sample(nil, nil), Sample(nil, "a"), Sample("k", "1"), Sample("k", "2")]
            try log.append(RecordBuffer(samples, to: place))
            try log.createTopic(TopicSpecification("plain", partitions: 1))
            let plain = TopicPartition("plain", 0)
            try log.append(RecordBuffer(samples, to: plain))
            try log.maintain(now: Self.later, upTo: .seconds(10))
            #expect(try Self.all(log).map(\.offset) == [0, 1, 2, 4])
            #expect(try log.samples(of: plain, count: 5) == samples)
        }
    }

    @Test func `a deletion mark goes when it is old, and a store from before it is rebuilt`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder, tombstones: .hours(24))
            let task = try log.soleTask()
            let before = try task.checkpoint([Sample("a", "1"), Sample("b", "1")], log)
            let after = try task.checkpoint([Sample("a", nil)], log)
            try log.maintain(now: Self.now + .hours(1), upTo: .seconds(10))
            #expect(try Self.all(log).map(\.offset) == [1, 2])
            #expect(try log.verify(after, of: place) == .prefix)
            let later = try task.checkpoint([Sample("c", "1"), Sample("c", "2"), Sample("c", "3")], log)
            try log.maintain(now: Self.now + .hours(25), upTo: .seconds(10))
            #expect(try Self.all(log).map(\.offset) == [1, 5])
            #expect(try log.verify(before, of: place) == .belowStart)
            #expect(try log.verify(after, of: place) == .belowStart)
            #expect(try log.verify(later, of: place) == .prefix)
            let other = ChangelogMark(position: later.position, commitID: 1, incarnation: later.incarnation)
            #expect(try log.verify(other, of: place) == .diverged)
        }
    }

    @Test func `a topic of deletion marks alone becomes empty and stays readable`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            try log.append(RecordBuffer([Sample("a", "1"), Sample("a", nil), Sample("b", nil)], to: place))
            try log.maintain(now: Self.later, upTo: .seconds(10))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 1)
            let batch = try reader.read(place, maxRecords: 10, maxBytes: 100)
            #expect(batch.records.isEmpty)
            #expect(batch.nextOffset == 3)
            try log.append(RecordBuffer([Sample("c", "1")], to: place))
            #expect(try reader.read(place, maxRecords: 10, maxBytes: 100).records.map(\.offset) == [3])
        }
    }

    @Test func `what was just committed is left alone`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder, lag: .minutes(10))
            let task = try log.soleTask()
            let mark = try task.checkpoint([Sample("a", "1"), Sample("a", "2")], log)
            #expect(try log.maintain(now: Self.now + .minutes(9), upTo: .seconds(10)).compactedRecords == 0)
            #expect(try log.verify(mark, of: place) == .prefix)
            #expect(try log.maintain(now: Self.now + .minutes(10), upTo: .seconds(10)).compactedRecords == 1)
        }
    }

    @Test(arguments: 1...12)
    func `compaction in small steps is right at every step, for stores from any checkpoint`(seed: UInt64) throws {
        try withFolder { folder in
            var generator = SeededRandom(seed: seed)
            let log = try Self.compacting(folder, tombstones: Bool.random(using: &generator) ? .zero : .hours(24))
            let task = try log.soleTask()
            var expected: [Bytes: Bytes] = [:]
            var checkpoints: [(mark: ChangelogMark, state: [Bytes: Bytes])] = []
            for _ in 0..<60 {
                let samples = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                    let key = Bytes("k\(Int.random(in: 0..<30, using: &generator))")
                    let isDeleted = Int.random(in: 0..<4, using: &generator) == 0
                    return Sample(key, isDeleted ? nil : Bytes("\(generator.next())"))
                }
                for sample in samples { if let key = sample.key { expected[key] = sample.value } }
                checkpoints.append((try task.checkpoint(samples, log), expected))
                // One step at a time, sometimes: the budget is over before it starts.
                if Int.random(in: 0..<3, using: &generator) == 0 { try Self.step(log) }
                #expect(try Self.fold(Self.all(log, pieces: 7)) == expected, "seed \(seed)")
                let (mark, state) = try #require(checkpoints.randomElement(using: &generator))
                if try log.verify(mark, of: place) == .prefix {
                    let rest = try Self.all(log, from: mark.position)
                    #expect(Self.fold(rest, onto: state) == expected, "seed \(seed), checkpoint \(mark.position)")
                }
            }
            let last = try #require(checkpoints.last)
            #expect(try log.verify(last.mark, of: place) == .prefix, "seed \(seed)")
            try log.maintain(now: Self.later, upTo: .seconds(10))
            #expect(try Self.fold(Self.all(log)) == expected, "seed \(seed)")
        }
    }

    /// One step of compaction, as a call with a tiny budget does.
    static func step(_ log: EmbeddedEventLog) throws {
        var pass = log.maintenance.pass.withLock { $0.take() }
        if pass == nil { pass = try CompactionPass.next(log.database, log.file.options, now: later) }
        _ = try pass?.step(log.file, log.database, now: later, bytes: 500)
        let rest = pass?.isFinished == true ? nil : pass
        log.maintenance.pass.withLock { $0 = rest }
    }

    @Test func `a topic that is deleted in the middle of a compaction ends it`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            try log.append(RecordBuffer([Sample("a", "1"), Sample("a", "2")], to: place))
            try Self.step(log)
            try log.deleteTopic("t")
            #expect(try log.maintain(now: Self.later, upTo: .seconds(10)).isFinished)
            try log.createTopic(TopicSpecification("t", partitions: 1, cleanup: .compact))
            try log.append(RecordBuffer([Sample("a", "1")], to: place))
            #expect(try Self.all(log).count == 1)
        }
    }

    @Test func `damage stops a compaction before it destroys anything`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            for _ in 0..<3 { try log.append(RecordBuffer([Sample("a", "1"), Sample("a", "2")], to: place)) }
            try log.tamper("UPDATE batch SET payload = x'01ff' WHERE base_offset = 2")
            for _ in 0..<2 {
                let code = try errorCode { try log.maintain(now: Self.later, upTo: .seconds(10)) }
                #expect(code == .corrupt)
            }
            #expect(try log.number("SELECT count(*) FROM batch") == 3)
        }
    }

    @Test func `retention deletes what is too old from the front, and only there`() throws {
        try withFolder { folder in
            let log = try EmbeddedEventLog(dataDirectory: folder)
            try log.createTopic(TopicSpecification("t", partitions: 1, retention: .hours(1)))
            let hour = Duration.hours(1).milliseconds
            for age in [3, 2, 0, 5] {
                let time = Self.now.milliseconds - Int64(age) * hour
                try log.append(RecordBuffer([Sample("a", "1", at: time), Sample("b", "1", at: time - 1)], to: place))
            }
            let done = try log.maintain(now: Self.later, upTo: .seconds(10))
            #expect(done.deletedRecords == 4)
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 4, end: 8))
            #expect(try Self.all(log, from: 4).map(\.offset) == [4, 5, 6, 7])
            try expectError(.offsetOutOfRange) { _ = try Self.all(log, from: 3) }
            // Everything may go; then the next record still gets the next offset.
            try log.maintain(now: Self.now + .hours(2), upTo: .seconds(10))
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 8, end: 8))
            #expect(try log.append(RecordBuffer([Sample("a", "1")], to: place)) == [place: 8..<9])
        }
    }

    @Test func `records without a time are as old as their append`() throws {
        try withFolder { folder in
            let clock = ManualWallClock(Self.now)
            let log = try EmbeddedEventLog(dataDirectory: folder, options: EmbeddedLogOptions(clock: clock))
            try log.createTopic(TopicSpecification("t", partitions: 1, retention: .hours(1)))
            try log.append(RecordBuffer([Sample("a", "1", at: -1)], to: place))
            #expect(try log.maintain(now: Self.now + .minutes(59), upTo: .seconds(10)).deletedRecords == 0)
            #expect(try log.maintain(now: Self.now + .minutes(61), upTo: .seconds(10)).deletedRecords == 1)
        }
    }

    @Test func `trimming moves the start, deletes whole batches and is checked`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            for start in [0, 10, 20] {
                try log.append(RecordBuffer(Sample.numbered(start..<(start + 10)), to: place))
            }
            try log.trim(place, before: 15)
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 15, end: 30))
            #expect(try log.number("SELECT count(*) FROM batch") == 2)
            try expectError(.offsetOutOfRange) { _ = try Self.all(log, from: 12) }
            #expect(try Self.all(log, from: 15).map(\.offset) == Array(15..<30))
            try log.trim(place, before: 3)
            #expect(try log.offsets(of: place, isolation: .committed).start == 15)
            try expectError(.offsetOutOfRange) { try log.trim(place, before: 31) }
            try expectError(.offsetOutOfRange) { try log.trim(place, before: -1) }
            try expectError(.partitionOutOfRange) { try log.trim(TopicPartition("t", 1), before: 0) }
            try log.trim(place, before: 30)
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 30, end: 30))
            #expect(try log.number("SELECT count(*) FROM batch") == 0)
        }
    }

    @Test func `a reader keeps what it has begun while the batch is deleted`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try log.append(RecordBuffer(Sample.numbered(0..<10), to: place))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 0)
            #expect(try reader.read(place, maxRecords: 4, maxBytes: 1_000).records.count == 4)
            try log.trim(place, before: 10)
            #expect(try reader.read(place, maxRecords: 100, maxBytes: 1_000).records.map(\.offset) == Array(4..<10))
            #expect(try reader.read(place, maxRecords: 100, maxBytes: 1_000).records.isEmpty)
        }
    }

    @Test func `one process at a time maintains the log`() throws {
        try withFolder { folder in
            let log = try Self.compacting(folder)
            try log.append(RecordBuffer([Sample("a", "1"), Sample("a", "2")], to: place))
            let other = try LockFile.tryLock(log.file.folder.maintenance)
            #expect(try log.maintain(now: Self.later, upTo: .seconds(10)) == LogMaintenance())
            #expect(try Self.all(log).count == 2)
            #expect(other != nil)
        }
    }

    @Test func `batches of a topic whose deletion was interrupted are removed`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try log.append(RecordBuffer(Sample.numbered(0..<10), to: place))
            try log.tamper(
                """
                INSERT INTO removed_partition SELECT id FROM topic_partition;
                DELETE FROM topic_partition; DELETE FROM topic
                """
            )
            try log.maintain(now: Self.later, upTo: .seconds(10))
            #expect(try log.number("SELECT count(*) FROM batch") == 0)
            #expect(try log.number("SELECT count(*) FROM removed_partition") == 0)
        }
    }
}
