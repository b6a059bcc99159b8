import Synchronization
import AgentOperators
import EventLog
import Foundation
import Observability
import LogWrappers
import StreamCore
import StreamDSL
import Testing
import Topology

/// Commits that fail, are lost, or succeed without anybody knowing: counts and outcomes stay exact.
@Suite("Faulty commits", .timeLimit(.minutes(15)))
struct CommitFaultTests {
    static let words = Topic("words", key: .string, value: .int)
    static let counts = Topic("counts", key: .string, value: .int)
    static let answers = Topic("answers", key: .string, value: .int)

    @Test(arguments: [
        [FaultyLog.Fault.refuse, .refuse], [.lose], [.forget], [.lose, .forget, .refuse, .forget, .lose],
    ])
    func `nothing is lost and nothing doubled`(faults: [FaultyLog.Fault]) async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let log = FaultyLog(try place.log(), faults)
            _ = try log.createTopic(TopicSpecification("words", partitions: 2))
            try place.produce(Self.words, (0..<600).map { ("w\($0 % 12)", $0, Int64($0)) })
            let topology = try StreamTopology("faulty") {
                Self.words.stream().grouped().count(store: "per-word").updates().to(Self.counts)
                Self.words.stream().mapAsync(named: "double", inFlight: 4) { value, _ in value * 2 }.answers()
                    .to(Self.answers)
            }
            try StreamRuntime(topology, on: log, options: place.options(), journal: .silent).run()

            let remaining = log.faults.withLock { $0.count }
            #expect(remaining == 0)
            var seen: [String: [Int]] = [:]
            for record in try place.read(Self.counts) { seen[record.key, default: []].append(record.value) }
            #expect(seen.count == 12)
            for values in seen.values { #expect(values == Array(1...50)) }
            var doubled: [String: [Int]] = [:]
            for record in try place.read(Self.answers) { doubled[record.key, default: []].append(record.value) }
            for word in 0..<12 {
                let expected = stride(from: word, to: 600, by: 12).map { $0 * 2 }
                #expect(doubled["w\(word)"] == expected)
            }
        }
    }

    @Test func `two instances share the tasks, and one goes on when the other stops`() async throws {
        let place = Workplace()
        try place.log().createTopic(TopicSpecification("words", partitions: 4))
        let topology = try EmbeddedPipelineTests.counting()
        let first = StreamRuntime(
            topology, on: try place.log(), options: place.options(untilIdle: false), journal: .silent)
        let second = StreamRuntime(
            topology, on: try place.log(), options: place.options(untilIdle: false), journal: .silent)
        async let firstRun: Void = OwnThread.run(named: "first") { try first.run() }
        async let secondRun: Void = OwnThread.run(named: "second") { try second.run() }
        try await OwnThread.run(named: "test") {
            try Self.wait { first.tasks.count == 2 && second.tasks.count == 2 }
            try place.produce(Self.words, (0..<400).map { ("w\($0 % 20)", $0, Int64($0)) })
            try Self.wait { try place.read("counts").count == 400 }
            first.stop()
            try Self.wait { second.tasks.count == 4 }
            try place.produce(Self.words, (0..<400).map { ("w\($0 % 20)", $0, Int64($0)) })
            try Self.wait { try place.read("counts").count == 800 }
            second.stop()
        }
        try await firstRun
        try await secondRun
        var seen: [String: [Int]] = [:]
        for record in try place.read(Self.counts) { seen[record.key, default: []].append(record.value) }
        for values in seen.values { #expect(values == Array(1...40)) }
    }

    /// Waits until `condition` holds; fails after 30 s.
    private static func wait(_ condition: () throws -> Bool) throws {
        let end = Date(timeIntervalSinceNow: 30)
        while try !condition() {
            try #require(Date() < end, "waited too long")
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
