import EventLog
import Foundation
import StreamCore
import TestPrograms
import Testing
import Topology

/// The example's two programs, each in processes that are killed.
@Suite(
    "RemoteSentiment", .enabled(if: BuiltProgram("RemoteSentiment").exists, "the example is not built"),
    .timeLimit(.minutes(15)))
struct RemoteSentimentTests {
    @Test(
        "AK-13, AK-14: an agent in another process answers over two topics, while both sides are killed and started again"
    )
    func survivesKills() async throws {
        try await OwnThread.run(named: "remote sentiment") {
            let folder = NSTemporaryDirectory() + "tributary-remote-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let log = try EmbeddedEventLog(dataDirectory: folder)
            for topic in ["sentences", "agent_request", "agent_response"] {
                try log.createTopic(TopicSpecification(topic, partitions: 2))
            }
            let count = 200
            try Self.send(0..<(count / 2), to: log)
            var service = try Self.start("SentimentService", in: folder)
            var asker = try Self.start("RemoteSentiment", in: folder)
            defer {
                service.kill()
                asker.kill()
            }
            _ = try Self.outcomes(10, of: log)
            asker.kill()
            asker = try Self.start("RemoteSentiment", in: folder)
            try Self.send((count / 2)..<count, to: log)
            _ = try Self.outcomes(60, of: log)
            service.kill()
            service = try Self.start("SentimentService", in: folder)
            let outcomes = try Self.outcomes(count, of: log)
            let expected = (0..<count).map { "s\($0)=\(Self.sentiment($0))" }.sorted()
            #expect(outcomes.sorted() == expected)
        }
    }

    private static func start(_ program: String, in folder: String) throws -> RunningProgram {
        try BuiltProgram(program).start(["run", "--data-dir", folder], in: folder)
    }

    private static func sentiment(_ number: Int) -> String { ["positive", "negative", "neutral"][number % 3] }

    private static func send(_ numbers: Range<Int>, to log: EmbeddedEventLog) throws {
        var buffer = RecordBuffer()
        for number in numbers {
            let key = Bytes("s\(number)")
            let text = ["I love number \(number)", "number \(number) broke", "number \(number)"][number % 3]
            buffer.append(
                to: TopicPartition("sentences", Murmur2.partition(key, of: 2)), key: key,
                value: Bytes("{\"text\":\"\(text)\"}"), timestamp: SystemWallClock().now())
        }
        try log.append(buffer)
    }

    /// All outcomes, as soon as there are `count`; fewer when that takes more than three minutes.
    private static func outcomes(_ count: Int, of log: EmbeddedEventLog) throws -> [String] {
        let limit = ContinuousClock.now + .seconds(180)
        while true {
            var all: [String] = []
            for topic in ["sentiments", "remote-sentiment-dead-letters"] {
                for record in try records(of: topic, in: log) {
                    let value = record.value?.description ?? ""
                    let sentiment = ["positive", "negative", "neutral"].first { value.contains($0) } ?? value
                    all.append("\(record.key?.description ?? "")=\(sentiment)")
                }
            }
            if all.count >= count || ContinuousClock.now > limit { return all }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private static func records(of topic: String, in log: EmbeddedEventLog) throws -> [LogRecord] {
        guard let found = try log.topic(topic) else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        var all: [LogRecord] = []
        for number in 0..<found.partitions {
            try reader.open(TopicPartition(topic, number), at: 0)
            all += try reader.read(TopicPartition(topic, number), maxRecords: 10_000, maxBytes: 1 << 24).records
        }
        return all
    }
}
