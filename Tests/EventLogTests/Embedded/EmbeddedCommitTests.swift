@testable import EventLog
import StreamCore
import Testing

@Suite struct EmbeddedCommitTests {
    /// SQLite's code for "disk I/O error".
    static let ioError: Int32 = 10

    @Test func `a commit whose end is unclear and that is in the log counts as committed`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let task = try log.soleTask()
            task.committer.database.commitResult = { _ in Self.ioError }
            let receipt = try #require(try task.commit([Sample("k", "v")], at: 1).receipt)
            #expect(receipt.appended == [place: 0..<1])
            #expect(try log.samples(of: place, count: 1) == [Sample("k", "v")])
            // The committer has a new connection and goes on.
            #expect(try task.commit([Sample("k", "w")], at: 2).receipt?.appended == [place: 1..<2])
        }
    }

    @Test func `a commit whose end is unclear and that is not in the log may be tried again`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let other = try EmbeddedEventLog(dataDirectory: folder)
            let task = try log.soleTask()
            // As if the commit had been lost: it is taken back before anybody looks.
            task.committer.database.commitResult = { _ in
                try? other.tamper(
                    """
                    DELETE FROM log_commit; DELETE FROM batch; UPDATE topic_partition SET next_offset = 0;
                    DELETE FROM position
                    """)
                return Self.ioError
            }
            let error = try caught { _ = try task.commit([Sample("k", "v")], at: 1) }
            #expect(error?.code == .unavailable)
            #expect(error?.isRetriable == true)
            #expect(try task.commit([Sample("k", "v")], at: 1).receipt?.appended == [place: 0..<1])
            #expect(try log.samples(of: place, count: 1) == [Sample("k", "v")])
        }
    }

    @Test func `an append whose end is unclear is looked up, too`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try log.database.use { database throws(EventLogError) in database.commitResult = { _ in Self.ioError } }
            #expect(try log.append(RecordBuffer(Sample.numbered(0..<3), to: place)) == [place: 0..<3])
            #expect(try log.samples(of: place, count: 3) == Sample.numbered(0..<3))
        }
    }

    @Test func `the unclear end of what has no identity is said to be unclear`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try log.database.use { database throws(EventLogError) in database.commitResult = { _ in Self.ioError } }
            try expectError(.outcomeUnknown) { try log.createTopic(TopicSpecification("u", partitions: 1)) }
            // SQLITE_FULL: making it again is no harm, so the cause is said.
            try log.database.use { database throws(EventLogError) in database.commitResult = { _ in 13 } }
            try expectError(.diskFull) { try log.createTopic(TopicSpecification("v", partitions: 1)) }
        }
    }

    @Test func `a full disk commits nothing of any task, and the same commits succeed later`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            var options = EmbeddedLogOptions()
            options.maxPages = Int(try log.number("PRAGMA page_count")) + 4
            let full = try EmbeddedEventLog(dataDirectory: folder, options: options)
            let task = try full.soleTask()
            let large = [Sample("k", Bytes([UInt8](repeating: 7, count: 300_000)))]
            let small = TaskCommit(
                task: TaskID(0, 0), epoch: task.epoch, positions: [place: CommittedPosition(offset: 1)],
                records: RecordBuffer(Sample.numbered(0..<1), to: place))
            let tooMuch = TaskCommit(
                task: TaskID(0, 0), epoch: task.epoch, positions: [:], records: RecordBuffer(large, to: place))
            try expectError(.diskFull) { _ = try task.committer.commit([small, tooMuch]) }
            #expect(try full.offsets(of: place, isolation: .committed).end == 0)
            #expect(try full.committedPositions(group: "app", [place]) == [:])
            try task.committer.database.execute("PRAGMA max_page_count = 100000")
            let outcomes = try task.committer.commit([small, tooMuch])
            let appended = outcomes.map { $0.receipt?.appended }
            #expect(appended == [[place: 0..<1], [place: 1..<2]])
        }
    }

    @Test func `positions that cannot be are that task's failure`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let task = try log.soleTask()
            let positions = [
                [place: CommittedPosition(offset: -1)],
                [place: CommittedPosition(offset: 0, metadata: String(repeating: "x", count: 4_097))],
                [TopicPartition("nowhere", 0): CommittedPosition(offset: 0)],
                [TopicPartition("t", 1): CommittedPosition(offset: 0)],
                [TopicPartition("t", -1): CommittedPosition(offset: 0)],
            ]
            let commits = positions.map {
                TaskCommit(task: TaskID(0, 0), epoch: task.epoch, positions: $0, records: RecordBuffer())
            }
            let codes = try task.committer.commit(commits).map(\.failureCode)
            #expect(
                codes == [
                    .invalidConfiguration, .invalidConfiguration, .unknownTopic, .partitionOutOfRange,
                    .partitionOutOfRange,
                ])
            let longest = CommittedPosition(offset: 0, metadata: String(repeating: "x", count: 4_096))
            let fits = TaskCommit(
                task: TaskID(0, 0), epoch: task.epoch, positions: [place: longest], records: RecordBuffer())
            #expect(try task.committer.commit([fits]).first?.receipt != nil)
            #expect(try log.committedPositions(group: "app", [place]) == [place: longest])
        }
    }

    @Test func `a member that was evicted is fenced although its process lives`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let task = try log.soleTask()
            try log.tamper("UPDATE task_owner SET member = NULL; DELETE FROM member")
            #expect(try task.commit([Sample("k", "zombie")], at: 1).isFenced)
            let listener = RecordingListener()
            try log.tamper("UPDATE application SET generation = generation + 1")
            try expectError(.fenced) { try task.member.poll(listener) }
            #expect(listener.events == ["lost 0_0"])
            #expect(try log.offsets(of: place, isolation: .committed).end == 0)
        }
    }

    @Test func `commit identities ascend, also when the clock goes back`() throws {
        try withFolder { folder in
            let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
            let log = try logWithTopic(folder, options: EmbeddedLogOptions(clock: clock))
            let task = try log.soleTask()
            var last: Int64 = 0
            for round in 0..<20 {
                let identity = try #require(try task.commit([]).receipt).commitID
                #expect(identity > last)
                last = identity
                clock.advance(by: .seconds(round.isMultiple(of: 3) ? -60 : 10))
            }
            clock.set(Timestamp(milliseconds: .max))
            #expect(try #require(try task.commit([]).receipt).commitID > last)
            clock.set(Timestamp(milliseconds: .min))
            #expect(try #require(try task.commit([]).receipt).commitID > last)
        }
    }

    @Test func `a log that lost its end and grew again does not pass for the old one`() throws {
        try withFolder { folder in
            // Even with the same clock: identities are not given twice.
            let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
            let log = try logWithTopic(folder, options: EmbeddedLogOptions(clock: clock))
            let task = try log.soleTask()
            let kept = try task.checkpoint(Sample.numbered(0..<5), log)
            let mark = try task.checkpoint(Sample.numbered(5..<10), log)
            // As a power cut would that took the last commit along.
            try log.tamper(
                """
                DELETE FROM batch WHERE base_offset = 5; UPDATE topic_partition SET next_offset = 5;
                DELETE FROM log_commit WHERE commit_id = \(mark.commitID)
                """)
            #expect(try log.verify(mark, of: place) == .ahead)
            _ = try task.checkpoint(Sample.numbered(105..<110), log)
            #expect(try log.verify(mark, of: place) == .diverged)
            #expect(try log.verify(kept, of: place) == .prefix)
            _ = try task.checkpoint(Sample.numbered(110..<115), log)
            #expect(try log.verify(mark, of: place) == .diverged)
        }
    }

    @Test func `old commit identities are forgotten`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            try log.tamper(
                """
                WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
                INSERT INTO log_commit SELECT i FROM n
                """)
            try log.maintain(now: SystemWallClock().now(), upTo: .seconds(5))
            #expect(try log.number("SELECT count(*) FROM log_commit") == 10_001)
            #expect(try log.number("SELECT max(commit_id) FROM log_commit") == 20_000)
        }
    }
}
