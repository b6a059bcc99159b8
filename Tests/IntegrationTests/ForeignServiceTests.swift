import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestPrograms
import TestWorlds
import Testing
import Topology

/// A Python service on the topics of the seed's sample, over Kafka's protocol, in a process of its own.
@Suite(
    "a foreign service", .enabled(if: PythonPeer.has("confluent_kafka"), "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct ForeignServiceTests {
    private struct Text: Codable, Sendable { let text: String }
    private struct Score: Codable, Sendable { let sentiment: String }

    private static let service = RequestTopic<Text, Score>(
        "agent_request", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("agent_response"),
        requestType: "SentimentRequest", replyType: "SentimentResponse")
    private static let input = Topic<String, Text>("in", key: .string, value: .json())
    private static let output = Topic("out", key: .string, value: .string)

    private static func topology() throws -> StreamTopology {
        try StreamTopology("asker") {
            input.stream().ask(service, named: "score", timeout: .seconds(120))
                .mapValues(named: "as-text") { outcome in
                    switch outcome {
                    case .success(let score): score.sentiment
                    case .failure(let failure): "\(failure.code.rawValue) \(failure.remoteCode ?? "")"
                    }
                }.to(output)
        }
    }

    @Test(
        "AK-13, AK-14, W17, W19: Python answers what Swift asks; errors are typed, doubled and unknown replies dropped")
    func askPython() async throws {
        try await OwnThread.run(named: "foreign service") {
            let folder = NSTemporaryDirectory() + "tributary-foreign-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let brokers = try MockBrokersProcess(topics: [
                "in:2", "out:2", "agent_request:2", "agent_response:3", "asker-score-replies:2",
                "asker-score-journal-changelog:2", "asker-dead-letters:3", "asker-tasks:5",
            ])
            defer { brokers.stop() }
            let python = try PythonPeer("Tests/AgentOperatorsTests/Peers/sentiment_service.py").start(
                [brokers.servers, "agent_request", "agent_response"], in: folder)
            defer { python.kill() }
            #expect(python.says("ready", within: 120))
            let log = try brokers.log()
            let runtime = StreamRuntime(
                try Self.topology(), on: log, options: RuntimeOptions(stateDirectory: nil, workers: 1),
                journal: .silent)
            let ended = DispatchSemaphore(value: 0)
            let thread = Thread {
                do { try runtime.run() } catch { Issue.record("the instance stopped: \(error)") }
                ended.signal()
            }
            thread.start()
            defer {
                runtime.stop()
                ended.wait()
            }
            try Self.send(["I love it", "fail", "I hate it twice", "I love strange things"], to: log)
            let outcomes = try Self.outcomes(4, of: log)
            #expect(
                outcomes == [
                    "r0=positive", "r1=refused modelMissing", "r2=negative", "r3=positive",
                ])
            // The doubled reply and the one for nobody may come a moment later.
            let limit = ContinuousClock.now + .seconds(120)
            while ContinuousClock.now < limit, Self.dropped(runtime) != [1, 1] { Thread.sleep(forTimeInterval: 0.02) }
            #expect(Self.dropped(runtime) == [1, 1])
        }
    }

    @Test("AK-14: a client asks Python without a topology")
    func clientAsksPython() async throws {
        let folder = NSTemporaryDirectory() + "tributary-foreign-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let brokers = try MockBrokersProcess(topics: ["agent_request:2", "agent_response:3", "tributary-clients:2"])
        defer { brokers.stop() }
        let python = try PythonPeer("Tests/AgentOperatorsTests/Peers/sentiment_service.py").start(
            [brokers.servers, "agent_request", "agent_response"], in: folder)
        defer { python.kill() }
        #expect(python.says("ready", within: 120))
        let client = try RequestClient(on: try brokers.log())
        defer { client.close() }
        let score = try await client.ask(
            Self.service, key: "r1", Text(text: "I love it"), timeout: .seconds(120))
        #expect(score.sentiment == "positive")
        await #expect(throws: AgentFailure.self) {
            try await client.ask(Self.service, key: "r2", Text(text: "fail"), timeout: .seconds(120))
        }
    }

    private static func send(_ texts: [String], to log: KafkaEventLog) throws {
        var buffer = RecordBuffer()
        for (number, text) in texts.enumerated() {
            let key = Bytes("r\(number)")
            buffer.append(
                to: TopicPartition("in", Murmur2.partition(key, of: 2)), key: key,
                value: try input.value.encode(Text(text: text)), timestamp: SystemWallClock().now())
        }
        try log.append(buffer)
    }

    /// The outcomes, sorted, as soon as there are `count`.
    private static func outcomes(_ count: Int, of log: KafkaEventLog) throws -> [String] {
        let reader = try log.makeReader(isolation: .committed)
        for number in 0..<2 as Range<Int32> { try reader.open(TopicPartition("out", number), at: 0) }
        var all: [String] = []
        let limit = ContinuousClock.now + .seconds(180)
        while all.count < count, ContinuousClock.now < limit {
            for number in 0..<2 as Range<Int32> {
                let batch = try reader.read(TopicPartition("out", number), maxRecords: 100, maxBytes: 1 << 20)
                all += batch.records.map { "\($0.key?.description ?? "")=\($0.value?.description ?? "")" }
            }
            reader.wait(upTo: .milliseconds(50))
        }
        return all.sorted()
    }

    private static func dropped(_ runtime: StreamRuntime) -> [Int] {
        [
            runtime.counters["asks_dropped", step: "score", reason: "duplicate reply"],
            runtime.counters["replies_passed_over", step: "score-router", reason: "not an id of this step"],
        ]
    }
}
