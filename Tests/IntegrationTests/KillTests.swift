import EventLog
import Foundation
import StreamCore
import TestPrograms
import Testing
import Topology

/// The pipeline as a process, killed like by a power cut at random moments, over and over.
///
/// `TRIBUTARY_SOAK_REVIEWS` and `TRIBUTARY_SOAK_KILLS` make it as long as wanted: `make soak`.
@Suite("A killed pipeline", .serialized, .timeLimit(.minutes(30)))
struct KillTests {
    static let program = BuiltProgram("SentimentPipeline")
    static let environment = ProcessInfo.processInfo.environment
    static let reviews = environment["TRIBUTARY_SOAK_REVIEWS"].flatMap { Int($0) } ?? 4_000
    static let kills = environment["TRIBUTARY_SOAK_KILLS"].flatMap { Int($0) } ?? 6

    @Test(.enabled(if: program.exists && ChatServer.python != nil, "needs the built SentimentPipeline and python3"))
    func `counts every review once, asks none more often than it was interrupted, and never starts over`() async throws
    {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let seed = Self.environment["TRIBUTARY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
            print("seed \(seed)")
            var random = SeededRandom(seed: seed)
            try place.log().createTopic(TopicSpecification("reviews", partitions: 8))
            let expected = try produce(place, &random)
            let server = try ChatServer(in: place.folder + "/server")
            let arguments = ["run", "--data-dir", place.folder]

            var kills = 0
            var slowest: TimeInterval = 0
            while kills < Self.kills {
                let (before, start) = (server.bytesNoted, Date())
                let run = try Self.program.start(arguments, environment: server.environment, in: place.folder)
                #expect(run.says("running", within: 10))
                while server.bytesNoted == before, Date().timeIntervalSince(start) < 3 {
                    Thread.sleep(forTimeInterval: 0.005)
                }
                if server.bytesNoted > before { slowest = max(slowest, Date().timeIntervalSince(start)) }
                Thread.sleep(forTimeInterval: Double(random.next() % 900) / 1000)
                run.kill()
                #expect(!run.errorText.contains("rebuilt"))
                #expect(!run.errorText.contains("secret-test-key"))
                kills += 1
            }
            let last = try Self.program.start(
                arguments + ["--until-idle"], environment: server.environment, in: place.folder)
            #expect(last.wait() == 0, "\(last.errorText)")

            #expect(try totals(place) == expected)
            let calls = server.callCounts
            #expect(calls.count == Self.reviews)
            #expect(calls.values.allSatisfy { $0 <= 1 + kills })
            let repeated = calls.values.reduce(0) { $0 + $1 - 1 }
            print(
                "\(Self.reviews) reviews, \(kills) kills, \(repeated) calls repeated,",
                "first call at most \(slowest) s after a start")
            #expect(repeated <= kills * 64 * 8)
        }
    }

    /// Puts reviews into the log; returns how often each product and minute is counted, by mood.
    private func produce(_ place: Workplace, _ random: inout SeededRandom) throws -> [String: [String: Int]] {
        let moods = ["positive": "good", "negative": "bad", "neutral": "plain"]
        var expected: [String: [String: Int]] = [:]
        var buffer = RecordBuffer()
        for index in 0..<Self.reviews {
            let product = "product-\(random.next() % 200)"
            let mood = Array(moods.keys.sorted())[Int(random.next() % 3)]
            let time = Int64(index) * 250
            let key = Bytes(product)
            let text =
                "{\"id\":\"\(index)\",\"product\":\"\(product)\",\"text\":\"\(moods[mood] ?? "")\",\"at\":\(time)}"
            buffer.append(
                to: TopicPartition("reviews", Murmur2.partition(key, of: 8)), key: key, value: Bytes(text),
                timestamp: Timestamp(milliseconds: time))
            let window = "\(product)@\(time / 60_000 * 60_000)"
            expected[window, default: [:]][mood, default: 0] += 1
            expected[window, default: [:]]["count", default: 0] += 1
        }
        try place.log().append(buffer)
        return expected
    }

    /// The last totals of each product and minute.
    private func totals(_ place: Workplace) throws -> [String: [String: Int]] {
        var totals: [String: [String: Int]] = [:]
        let key = Serde<Windowed<String>>.windowed(.string, size: .minutes(1))
        for record in try place.read("sentiment-totals") {
            let window = try key.decode(record.key)
            let value = try JSONDecoder().decode([String: Int].self, from: Data(record.value?.array ?? []))
            totals["\(window.key)@\(window.start)"] = value.filter { $0.value > 0 }
        }
        return totals
    }
}
