import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import Synchronization
import Testing
import Topology

@Suite("A pipeline on the embedded log", .timeLimit(.minutes(15)))
struct EmbeddedPipelineTests {
    static let words = Topic("words", key: .string, value: .int)
    static let counts = Topic("counts", key: .string, value: .int)

    static func counting() throws -> StreamTopology {
        try StreamTopology("counting") {
            words.stream().grouped().count(store: "per-word").updates().to(counts)
        }
    }

    @Test func `counts what was produced, and goes on from there at the next run`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("words", partitions: 3))
            try place.produce(Self.words, (0..<3_000).map { ("w\($0 % 30)", $0, Int64($0)) })
            let counters = try place.run(Self.counting())
            #expect(counters["records_processed"] == 3_000)
            var last: [String: Int] = [:]
            for record in try place.read(Self.counts) { last[record.key] = record.value }
            #expect(last.count == 30)
            #expect(last.values.allSatisfy { $0 == 100 })

            try place.produce(Self.words, (0..<300).map { ("w\($0 % 30)", $0, Int64($0)) })
            let again = try place.run(Self.counting())
            #expect(again["records_processed"] == 300)
            for record in try place.read(Self.counts) { last[record.key] = record.value }
            #expect(last.values.allSatisfy { $0 == 110 })
        }
    }

    @Test func `an output topic that the first run creates has every key in its partition`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("words", partitions: 6))
            try place.produce(Self.words, (0..<300).map { ("w\($0 % 30)", $0, Int64($0)) })
            try place.run(Self.counting())
            let log = try place.log()
            let reader = try log.makeReader(isolation: .committed)
            var misplaced: [String] = []
            for number in 0..<Int32(6) {
                try reader.open(TopicPartition("counts", number), at: 0)
                let batch = try reader.read(TopicPartition("counts", number), maxRecords: 1_000, maxBytes: 1 << 20)
                #expect(!batch.records.isEmpty)
                for key in batch.records.compactMap(\.key) where Murmur2.partition(key, of: 6) != number {
                    misplaced.append("\(key) in \(number)")
                }
            }
            #expect(misplaced == [])
        }
    }

    @Test func `a repartition brings keys together and until-idle waits for both halves`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("words", partitions: 4))
            try place.produce(Self.words, (0..<2_000).map { ("w\($0 % 50)", $0, Int64($0)) })
            let sums = Topic("sums", key: .int, value: .int)
            let topology = try StreamTopology("regrouping") {
                Self.words.stream().grouped(named: "by-rest") { $0.value % 7 }.count(store: "per-rest").updates().to(
                    sums)
            }
            try place.run(topology)
            var last: [Int: Int] = [:]
            for record in try place.read(sums) { last[record.key] = max(record.value, last[record.key] ?? 0) }
            #expect(last.values.reduce(0, +) == 2_000)
            #expect(last.count == 7)
        }
    }

    @Test func `asks an agent about every record once and keeps each key's order`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("words", partitions: 2))
            try place.produce(Self.words, (0..<1_000).map { ("w\($0 % 20)", $0, Int64($0)) })
            let calls = Mutex<[String: Int]>([:])
            let answers = Topic("answers", key: .string, value: .int)
            let topology = try StreamTopology("asking") {
                Self.words.stream().mapAsync(named: "double", inFlight: 8) { value, context in
                    calls.withLock { $0[context.idempotencyKey, default: 0] += 1 }
                    return value * 2
                }.answers().to(answers)
            }
            let counters = try place.run(topology)
            #expect(counters["asks_concluded", step: "double", reason: "answered"] == 1_000)
            #expect(calls.withLock { $0 }.count == 1_000)
            #expect(calls.withLock { $0 }.values.allSatisfy { $0 == 1 })
            var byKey: [String: [Int]] = [:]
            for record in try place.read(answers) { byKey[record.key, default: []].append(record.value) }
            #expect(byKey.values.reduce(0) { $0 + $1.count } == 1_000)
            #expect(byKey.values.allSatisfy { $0 == $0.sorted() })
        }
    }

    @Test func `windows of long ago outlive the log's upkeep and the loss of the state folder`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("words", partitions: 2))
            let windows = Topic("windows", key: .windowed(.string, size: .minutes(1)), value: .int)
            let topology = try StreamTopology("long-ago") {
                Self.words.stream().grouped().windowed(by: .tumbling(.minutes(1), grace: .hours(1))).count(store: "w")
                    .updates().to(windows)
            }
            let start: Int64 = 1_000_000_000_000
            for _ in 0..<2 {
                try place.produce(Self.words, (0..<500).map { ("w\($0 % 5)", $0, start + Int64($0) * 1_000) })
                try place.run(topology)
                try place.log().maintain(now: Timestamp(milliseconds: start) + .days(20 * 365), upTo: .seconds(5))
                try FileManager.default.removeItem(atPath: place.folder + "/state")
            }
            var last: [Windowed<String>: Int] = [:]
            for record in try place.read(windows) { last[record.key] = max(record.value, last[record.key] ?? 0) }
            #expect(last.values.reduce(0, +) == 1_000)
        }
    }
}
