@testable import EventLog
import Dispatch
import Foundation
import StreamCore
import Synchronization
import Testing

@Suite struct EmbeddedEventLogTests {
    @Test func `opening makes all folders on the way`() throws {
        try withFolder { folder in
            let log = try EmbeddedEventLog(dataDirectory: folder + "/a/b/c")
            #expect(log.location == folder + "/a/b/c")
            #expect(FileManager.default.fileExists(atPath: folder + "/a/b/c/log/tributary.db"))
        }
    }

    @Test func `a tool that only looks creates nothing`() throws {
        try withFolder { folder in
            let looking = EmbeddedLogOptions(opening: .existing)
            let refused = try refusal(folder + "/none", looking)
            #expect(refused == .unusableStorage)
            #expect(!FileManager.default.fileExists(atPath: folder + "/none"))
            _ = try logWithTopic(folder)
            let log = try EmbeddedEventLog(dataDirectory: folder, options: looking)
            #expect(try log.topics().map(\.name) == ["t"])
        }
    }

    @Test func `a folder without a name and limits without sense are refused`() throws {
        try withFolder { folder in
            for limit in [Int.min, 0, 1 << 30] {
                let refused = try refusal(folder, EmbeddedLogOptions(maxRecordBytes: limit))
                #expect(refused == .invalidConfiguration)
            }
            let nameless = try refusal("", EmbeddedLogOptions())
            #expect(nameless == .invalidConfiguration)
        }
    }

    @Test func `a path that leads through a file is unusable`() throws {
        try withFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            try expectError(.unusableStorage) { _ = try EmbeddedEventLog(dataDirectory: folder + "/file/data") }
            try expectError(.unusableStorage) { _ = try EmbeddedEventLog(dataDirectory: "/proc/tributary") }
        }
    }

    @Test func `a file that is no database is damage, not an empty log`() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/log", withIntermediateDirectories: true)
            let file = URL(fileURLWithPath: folder + "/log/tributary.db")
            try Data(repeating: 65, count: 20_000).write(to: file)
            try expectError(.corrupt) { _ = try EmbeddedEventLog(dataDirectory: folder) }
            #expect(try Data(contentsOf: file) == Data(repeating: 65, count: 20_000))
        }
    }

    @Test func `another version of the format is refused with what to do`() throws {
        try withFolder { folder in
            try logWithTopic(folder).tamper("PRAGMA user_version = 99")
            let error = try caught { _ = try EmbeddedEventLog(dataDirectory: folder) }
            #expect(error?.code == .incompatibleVersion)
            #expect(error?.message.contains("version 99") == true && error?.message.contains("move the folder") == true)
        }
    }

    @Test func `a database of another program is left alone`() throws {
        try withFolder { folder in
            try logWithTopic(folder).tamper("PRAGMA application_id = 7")
            try expectError(.corrupt) { _ = try EmbeddedEventLog(dataDirectory: folder) }
        }
    }

    @Test func `network file systems are known by their numbers`() {
        #expect(FileSystem.networkName(0x6969) == "NFS")
        #expect(FileSystem.networkName(0xff53_4d42) == "SMB/CIFS")
        #expect(FileSystem.networkName(0x6573_5546)?.hasPrefix("FUSE") == true)
        #expect(FileSystem.networkName(0xef53) == nil)
        #expect(FileSystem.networkName(0x0102_1994) == nil)
    }

    @Test func `many can open a new folder at once`() throws {
        try withFolder { folder in
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 16) { number in
                do {
                    let log = try EmbeddedEventLog(dataDirectory: folder)
                    try log.createTopic(TopicSpecification("t\(number)", partitions: 1))
                    try log.append(RecordBuffer(Sample.numbered(0..<3), to: TopicPartition("t\(number)", 0)))
                } catch { failures.withLock { $0.append("\(error)") } }
            }
            let found = failures.withLock { $0 }
            #expect(found == [])
            let topics = try EmbeddedEventLog(dataDirectory: folder).topics()
            #expect(topics.count == 16)
        }
    }

    @Test func `many can append at once and nothing is lost or mixed up`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { writer in
                do {
                    // Half of them through the same log, half as other processes would.
                    let log = writer < 4 ? log : try EmbeddedEventLog(dataDirectory: folder)
                    for round in 0..<10 {
                        let samples = (0..<10).map { Sample(Bytes("\(writer)"), Bytes("\(round * 10 + $0)")) }
                        try log.append(RecordBuffer(samples, to: place))
                    }
                } catch { failures.withLock { $0.append("\(error)") } }
            }
            let found = failures.withLock { $0 }
            #expect(found == [])
            let records = try log.records(of: place, count: 800)
            #expect(records.map(\.offset) == Array(0..<800))
            for (_, ofWriter) in Dictionary(grouping: records, by: \.key) {
                let values = ofWriter.compactMap { $0.value?.utf8 }
                #expect(values == (0..<100).map(String.init))
            }
        }
    }

    @Test func `a full disk is an error that goes away with the cause`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            var options = EmbeddedLogOptions()
            options.maxPages = Int(try log.number("PRAGMA page_count")) + 2
            let full = try EmbeddedEventLog(dataDirectory: folder, options: options)
            let large = Sample("k", Bytes([UInt8](repeating: 7, count: 200_000)))
            let error = try caught { try full.append(RecordBuffer([large], to: place)) }
            #expect(error?.code == .diskFull)
            #expect(error?.isRetriable == true)
            #expect(try full.offsets(of: place, isolation: .committed).end == 0)
            #expect(try full.append(RecordBuffer([Sample("k", "small")], to: place)) == [place: 0..<1])
            #expect(try log.append(RecordBuffer([large], to: place)) == [place: 1..<2])
        }
    }

    @Test func `another process's long lock is an error that goes away`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let hasty = try EmbeddedEventLog(
                dataDirectory: folder, options: EmbeddedLogOptions(patience: .milliseconds(20)))
            try log.tamper("BEGIN IMMEDIATE")
            let code = try errorCode { try hasty.append(RecordBuffer(Sample.numbered(0..<1), to: place)) }
            #expect(code == .busy)
            #expect(try hasty.offsets(of: place, isolation: .committed).end == 0)
            try log.tamper("COMMIT")
            #expect(try hasty.append(RecordBuffer(Sample.numbered(0..<1), to: place)) == [place: 0..<1])
        }
    }

    @Test func `a damaged batch is reported with its place, and what is before it is read`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            for start in [0, 10, 20] {
                try log.append(RecordBuffer(Sample.numbered(start..<(start + 10)), to: place))
            }
            try log.tamper("UPDATE batch SET payload = zeroblob(length(payload)) WHERE base_offset = 10")
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 0)
            #expect(try reader.read(place, maxRecords: 100, maxBytes: 1 << 20).records.count == 10)
            let error = try caught {
                _ = try reader.read(place, maxRecords: 100, maxBytes: 1 << 20)
            }
            #expect(error?.code == .corrupt)
            #expect(error?.partition == place)
            try reader.open(place, at: 20)
            #expect(try reader.read(place, maxRecords: 100, maxBytes: 1 << 20).records.count == 10)
        }
    }

    @Test func `a page of the file that is overwritten is an error, never a trap`() throws {
        try withFolder { folder in
            do {
                let log = try logWithTopic(folder)
                for start in stride(from: 0, to: 20_000, by: 1_000) {
                    try log.append(RecordBuffer(Sample.numbered(start..<(start + 1_000)), to: place))
                }
            }
            let path = folder + "/log/tributary.db"
            let original = try Data(contentsOf: URL(fileURLWithPath: path))
            var generator = SeededRandom(seed: 4)
            for _ in 0..<20 {
                var damaged = original
                let start = Int.random(in: 4_096..<(damaged.count - 4_096), using: &generator)
                for index in start..<(start + 4_096) { damaged[index] = UInt8.random(in: 0...255, using: &generator) }
                try damaged.write(to: URL(fileURLWithPath: path))
                let code = try errorCode {
                    let log = try EmbeddedEventLog(dataDirectory: folder)
                    let reader = try log.makeReader(isolation: .committed)
                    try reader.open(place, at: 0)
                    while try !reader.read(place, maxRecords: 10_000, maxBytes: 1 << 20).records.isEmpty {}
                    try log.append(RecordBuffer(Sample.numbered(0..<10), to: place))
                }
                // Damage in a free page or in a place that nobody reads goes unnoticed, rightly.
                if let code { #expect([.corrupt, .unknownTopic, .offsetOutOfRange, .other].contains(code)) }
            }
        }
    }

    @Test func `a topic that is deleted and made again is not confused with the old one`() throws {
        try withFolder { folder in
            let (log, other) = (try logWithTopic(folder), try logWithTopic(folder))
            let task = try log.soleTask()
            #expect(try task.commit([Sample("k", "old")], at: 1).receipt != nil)
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 1)
            try other.deleteTopic("t")
            try expectError(.unknownTopic) { _ = try reader.read(place, maxRecords: 1, maxBytes: 1) }
            #expect(try task.commit([Sample("k", "lost")]).failureCode == .unknownTopic)
            #expect(try task.commit([], at: 1).failureCode == .unknownTopic)
            try other.createTopic(TopicSpecification("t", partitions: 1))
            #expect(try log.committedPositions(group: "app", [place]) == [:])
            try expectError(.unknownTopic) { _ = try reader.read(place, maxRecords: 1, maxBytes: 1) }
            #expect(try task.commit([Sample("k", "new")]).receipt?.appended == [place: 0..<1])
            #expect(try log.samples(of: place, count: 1) == [Sample("k", "new")])
            #expect(try log.number("SELECT count(*) FROM batch") == 1)
        }
    }

    @Test func `large appends are stored in pieces and read as one`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            let samples = Sample.numbered(0..<25_000)
            try log.append(RecordBuffer(samples, to: place))
            #expect(try log.number("SELECT count(*) FROM batch") == 3)
            #expect(try log.samples(of: place, count: 25_000) == samples)
            #expect(try log.samples(of: place, from: 19_999, count: 5_001) == Array(samples[19_999...]))
        }
    }

    @Test func `a buffer that lies about its lengths is refused`() throws {
        try withFolder { folder in
            let log = try logWithTopic(folder)
            var buffer = RecordBuffer()
            let topic = buffer.topicIndex("t")
            buffer.append(topic: topic, timestamp: .unknown) { arena in
                arena.append("k")
                return (0, 1, 1_000)
            }
            try expectError(.other) { try log.append(buffer) }
            var unknown = RecordBuffer()
            unknown.append(topic: 7, timestamp: .unknown) { _ in (0, nil, nil) }
            try expectError(.other) { try log.append(unknown) }
        }
    }

    /// The code of the error when `folder` is opened with `options`.
    func refusal(_ folder: String, _ options: EmbeddedLogOptions) throws -> EventLogError.Code? {
        try errorCode { _ = try EmbeddedEventLog(dataDirectory: folder, options: options) }
    }
}
