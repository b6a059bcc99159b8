import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

/// Asking and answering applications on the embedded log, with real threads, restarts and rebalances.
@Suite("ask over topics on the embedded log", .timeLimit(.minutes(15)))
struct EmbeddedAskTests {
    private static let input = Topic("in", key: .string, value: .int)
    private static let output = Topic("out", key: .string, value: .string)
    private static let squares = RequestTopic<Int, Int>("requests")
    private static let topics: [String: Int32] = ["in": 4, "requests": 3, "out": 4]

    private static func asker(_ remote: RequestTopic<Int, Int> = squares) throws -> StreamTopology {
        try StreamTopology("asker") {
            input.stream().ask(remote, named: "square", timeout: .seconds(300)).details().to(output)
        }
    }

    private static func server(_ pause: Duration = .zero) throws -> StreamTopology {
        try StreamTopology("server") {
            squares.reply(named: "answer", inFlight: 64) { value, _ in
                try await Task.sleep(for: pause)
                return value * value
            }
        }
    }

    private static func check(_ records: [LogRecord], _ count: Int, keys: Int) throws {
        var byKey: [String: [String]] = [:]
        for record in records {
            byKey[record.key?.description ?? "", default: []].append(try output.value.decode(record.value))
        }
        for key in 0..<keys {
            let expected = (0..<count).filter { $0 % keys == key }.map { "\($0 * $0)" }
            #expect(byKey["k\(key)"] == expected)
        }
        #expect(records.count == count)
    }

    @Test("W02, W17: restarts and rebalances of the caller lose no reply and double none")
    func rebalances() async throws {
        try await withWorld(topics: Self.topics) { world in
            world.start(try Self.server(.milliseconds(5)))
            let first = world.start(try Self.asker(), workers: 2)
            let count = 300
            try world.append(Self.input, (0..<100).map { ("k\($0 % 20)", $0) })
            _ = try world.records(of: "out", count: 10)
            // Another instance takes half of the tasks, with their open requests.
            let second = world.start(try Self.asker())
            try world.append(Self.input, (100..<200).map { ("k\($0 % 20)", $0) })
            _ = try world.records(of: "out", count: 110)
            // The first one leaves, and nobody waits for a while.
            world.stop(first)
            try world.append(Self.input, (200..<count).map { ("k\($0 % 20)", $0) })
            _ = try world.records(of: "requests", count: 150)
            world.stop(second)
            world.start(try Self.asker())
            try Self.check(try world.records(of: "out", count: count), count, keys: 20)
            // No takeover has sent a request again.
            let ids = try world.records(of: "requests").map { $0.headers["tributary.id"] ?? "" }
            #expect(ids.count == count)
            #expect(Set(ids).count == count)
        }
    }

    @Test("restarts of the server lose no request, and each has one reply")
    func serverRestarts() async throws {
        try await withWorld(topics: Self.topics) { world in
            let server = world.start(try Self.server(.milliseconds(20)))
            world.start(try Self.asker())
            try world.append(Self.input, (0..<60).map { ("k\($0 % 20)", $0) })
            _ = try world.records(of: "out", count: 10)
            world.stop(server)
            world.start(try Self.server(.milliseconds(1)))
            try Self.check(try world.records(of: "out", count: 60), 60, keys: 20)
            let replies = try world.records(of: "asker-square-replies")
            let ids = Set(replies.map { $0.headers["tributary.id"] ?? "" })
            #expect(ids.count == replies.count)
        }
    }

    @Test("W01: a reply topic that does not exist becomes a dead letter, and the server serves others")
    func unknownReplyTopic() async throws {
        try await withWorld(topics: Self.topics) { world in
            let server = world.start(try Self.server())
            var buffer = RecordBuffer()
            for (id, address) in [
                ("lost", MessageAddress(topic: "nowhere", partition: 0)),
                ("keyed", MessageAddress(topic: "nowhere", partition: nil)),
                ("beyond", MessageAddress(topic: "out", partition: 99)),
                ("found", MessageAddress(topic: "out", partition: 1)),
            ] {
                var request = AgentMessage(.request, id: id)
                request.payload = "3"
                request.replyTo = address
                let record = NativeMessageCodec().write(request)
                buffer.append(
                    to: TopicPartition("requests", 0), key: nil, value: record.value,
                    timestamp: SystemWallClock().now(), headers: record.headers)
            }
            try world.log.append(buffer)
            let letters = try world.records(of: "server-dead-letters", count: 3)
            let words = letters.map {
                "\($0.headers["tributary.id"] ?? ""): \($0.headers[DeadLetterHeader.message] ?? "")"
            }
            #expect(
                words.sorted() == [
                    "beyond: topic 'out' has no partition 99", "keyed: topic 'nowhere' does not exist",
                    "lost: topic 'nowhere' does not exist",
                ])
            #expect(try world.records(of: "out", count: 1).map(\.value) == ["9"])
            // Nothing was taken over again and nothing is lost.
            #expect(server.counters["replies_written", step: "answer", reason: "answered"] == 4)
        }
    }

    @Test("W01: a reply that is too large for where it goes becomes a dead letter, and the asker is told so")
    func tooLargeReply() async throws {
        try await withWorld(topics: Self.topics) { world in
            try world.log.createTopic(TopicSpecification("small", partitions: 1, maxRecordBytes: 2_000))
            let texts = RequestTopic<Int, String>("requests")
            world.start(
                try StreamTopology("server") {
                    texts.reply(named: "answer") { value, _ in String(repeating: "x", count: value) }
                })
            var buffer = RecordBuffer()
            for (id, size) in [("large", "5000"), ("fits", "50")] {
                var request = AgentMessage(.request, id: id)
                request.payload = Bytes(size)
                request.replyTo = MessageAddress(topic: "small", partition: 0)
                let record = NativeMessageCodec().write(request)
                buffer.append(
                    to: TopicPartition("requests", 0), key: nil, value: record.value,
                    timestamp: SystemWallClock().now(), headers: record.headers)
            }
            try world.log.append(buffer)
            let replies = try world.records(of: "small", count: 2).map {
                try NativeMessageCodec().read(MessageRecord($0), as: .reply)
            }
            let said = replies.map { "\($0.id) \($0.error?.code ?? "ok")" }.sorted()
            #expect(said == ["fits ok", "large tooLarge"])
            #expect(try world.records(of: "server-dead-letters", count: 1).count == 1)
        }
    }

    @Test("W01: a request topic that vanishes makes requests undeliverable, at once")
    func unknownRequestTopic() async throws {
        try await withWorld(topics: Self.topics) { world in
            let asker = world.start(try Self.asker())
            try world.append(Self.input, [("a", 1)])
            _ = try world.records(of: "requests", count: 1)
            try world.log.deleteTopic("requests")
            try world.append(Self.input, [("b", 2), ("c", 3)])
            let outcomes = try world.records(of: "out", count: 2).map { try Self.output.value.decode($0.value) }
            #expect(outcomes == ["undeliverable final", "undeliverable final"])
            #expect(asker.counters["asks_concluded", step: "square", reason: "undeliverable"] == 2)
        }
    }

    @Test("W17: replies on a topic that all share reach their tasks while instances come and go")
    func routesOverInstances() async throws {
        let bridge = RequestTopic<Int, Int>(
            "requests", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("responses"))
        var topics = Self.topics
        topics["responses"] = 2
        try await withWorld(topics: topics) { world in
            world.start(
                try StreamTopology("service") {
                    bridge.reply(named: "answer", inFlight: 64) { value, _ in value * value }
                })
            let first = world.start(try Self.asker(bridge))
            try world.append(Self.input, (0..<50).map { ("k\($0 % 10)", $0) })
            _ = try world.records(of: "out", count: 5)
            world.start(try Self.asker(bridge))
            try world.append(Self.input, (50..<100).map { ("k\($0 % 10)", $0) })
            _ = try world.records(of: "out", count: 60)
            world.stop(first)
            try Self.check(try world.records(of: "out", count: 100), 100, keys: 10)
        }
    }
}
