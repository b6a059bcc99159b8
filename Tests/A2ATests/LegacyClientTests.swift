import A2A
import AgentOperators
import EventLog
import JSON
import StreamCore
import Synchronization
import TestWorlds
import Testing

/// The 0.3 client against the records that the original's server writes, byte for byte, and none of ours.
@Suite("A2A 0.3: client", .timeLimit(.minutes(15)))
struct LegacyClientTests {
    private static let card =
        #"{"additionalInterfaces":null,"capabilities":{"extensions":null,"pushNotifications":null,"stateTransitionHistory":null,"streaming":true},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"description":"d","documentationUrl":null,"iconUrl":null,"name":"Echo agent","preferredTransport":"KAFKA","protocolVersion":"0.3.0","provider":null,"security":null,"securitySchemes":null,"signatures":null,"skills":[{"description":"d","examples":null,"id":"s","inputModes":null,"name":"n","outputModes":null,"security":null,"tags":["t"]}],"supportsAuthenticatedExtendedCard":null,"url":"kafka://localhost:9092/a2a-requests","version":"1.0.0"}"#

    /// Answers the next request on the topic with `answers`, as the original's server does: by `correlation_id` alone.
    private static func serve(_ world: EmbeddedWorld, request number: Int, _ answers: [String]) throws -> LogRecord {
        let record = try #require(world.records(of: "a2a-requests", count: number).last)
        let topic = try #require(record.headers["reply_topic"])
        var buffer = RecordBuffer()
        for answer in answers {
            var headers = Headers()
            headers.append("correlation_id", try #require(record.headers["correlation_id"]))
            buffer.append(
                to: TopicPartition(topic, 0), key: nil, value: Bytes(answer), timestamp: SystemWallClock().now(),
                headers: headers)
        }
        try world.log.append(buffer)
        return record
    }

    private func ask<Reply: Sendable>(
        _ answers: [String], _ body: @escaping @Sendable (A2ALegacyClient) async throws -> Reply
    ) async throws -> (reply: Result<Reply, any Error>, request: LogRecord) {
        let world = try await OwnThread.run(named: "world") { try EmbeddedWorld(topics: ["a2a-requests": 1]) }
        let client = try A2ALegacyClient(on: world.log, card: JSONValue(parsing: Self.card))
        defer { client.close() }
        async let reply: Result<Reply, any Error> = {
            do { return .success(try await body(client)) } catch { return .failure(error) }
        }()
        let request = try await OwnThread.run(named: "server") { try Self.serve(world, request: 1, answers) }
        return (await reply, request)
    }

    @Test("A2K-04: message_send goes out as the original writes it, byte for byte, and its golden answer is read")
    func send() async throws {
        let answer = #"{"type":"task","data":\#(LegacyVectorTests.task)}"#
        let (reply, request) = try await ask([answer]) { client in
            try await client.send(
                A2ASendMessage(A2AMessage("m1", role: .user, parts: [.text("Hello")])), timeout: .seconds(300))
        }
        #expect(try reply.get().task == A2ATask("t1", contextID: "c1", status: A2ATaskStatus(.working)))
        let golden =
            #"{"method":"message_send","params":{"configuration":null,"message":\#(LegacyVectorTests.message),"metadata":null},"streaming":false,"agent_card":\#(Self.card)}"#
        #expect(request.value?.utf8 == golden)
        #expect(request.headers.entries.map(\.name) == ["correlation_id", "reply_topic", "agent_id"])
        #expect(request.headers["agent_id"] == "Echo agent")
        let topic = request.headers["reply_topic"] ?? ""
        #expect(topic.hasPrefix("a2a-reply-Echo_agent-") && topic.utf8.count == "a2a-reply-Echo_agent-".utf8.count + 8)
        #expect(request.key == nil)
    }

    @Test("W40: an answer that is there at once, and a stream whose end comes with its items, lose nothing")
    func stream() async throws {
        let answers = [
            #"{"type":"task","data":\#(LegacyVectorTests.task)}"#,
            #"{"type":"task_artifact_update","data":\#(LegacyVectorTests.artifact)}"#,
            #"{"type":"task_status_update","data":\#(LegacyVectorTests.status)}"#,
            #"{"type":"stream_complete","data":{}}"#,
        ]
        let (reply, request) = try await ask(answers) { client in
            var items: [A2AStreamResponse] = []
            let message = A2AMessage("m1", role: .user, parts: [.text("Hello")])
            for try await item in client.stream(A2ASendMessage(message), timeout: .seconds(300)) { items.append(item) }
            return items
        }
        let texts = try reply.get().map { A2ALegacy.json($0).text }
        #expect(texts == [LegacyVectorTests.task, LegacyVectorTests.artifact, LegacyVectorTests.status])
        let body = try JSONValue(parsing: request.value ?? "")
        #expect(body["streaming"] == true)
    }

    @Test("W40, W42: an error ends a call and a stream as an error, whatever its text")
    func errors() async throws {
        for text in ["boom", ""] {
            let answer = #"{"type":"error","data":{"error":"\#(text)"}}"#
            let (reply, _) = try await ask([answer]) { client in
                for try await _ in client.subscribe(to: "t1", timeout: .seconds(300)) {}
            }
            #expect(throws: A2AError(.internal, text)) { try reply.get() }
        }
    }

    @Test("garbage and others' answers are passed over; silence ends at the deadline")
    func silence() async throws {
        let (reply, request) = try await ask(["garbage", "{}", #"{"type":5,"data":null}"#]) { client in
            try await client.task("t1", historyLength: 3, timeout: .seconds(2))
        }
        let failure = #expect(throws: AgentFailure.self) { try reply.get() }
        #expect(failure?.code == .timedOut)
        let body = try JSONValue(parsing: request.value ?? "")
        #expect(body["params"]?.text == #"{"historyLength":3,"id":"t1","metadata":null}"#)
    }
}
