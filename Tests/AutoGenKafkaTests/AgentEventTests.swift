import AgentOperators
import AutoGenKafka
import JSON
import Schemas
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// The bridge: services behind two topics, framed, as AutoGen-Kafka's streaming agent asks them.
@Suite("AutoGen bridge", .timeLimit(.minutes(15)))
struct AgentEventTests {
    private static let input = Topic<String, Text>("in", key: .string, value: .json())
    private static let output = Topic("out", key: .string, value: .string)
    private static let partitions: [String: Int32] = ["agent_request": 3, "agent_response": 2, "in": 2]

    private func service() -> RequestTopic<Text, Text> {
        RequestTopic(
            agentEvents: AgentEventCodec(EventSchemas(InMemorySchemaRegistry()), failedMessage: ["text": ""]),
            requestType: "SentimentRequest", replyType: "SentimentResponse")
    }

    private func framed(_ text: String) -> Bytes { Bytes([0, 0, 0, 0, 9] + Array(text.utf8)) }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "agent-events", body)
    }

    @Test("as a service: the id is echoed, the key stays, message_type is set, all of it framed")
    func serves() async throws {
        try await onThread {
            let topology = try StreamTopology("app") {
                service().reply(named: "model") { request, _ in
                    guard request.text != "fail" else { throw AgentError("modelMissing", "no model") }
                    return Text(text: request.text.uppercased())
                }
            }
            let driver = try TopologyTestDriver(topology, partitions: Self.partitions)
            try driver.pipe("agent_request", key: "None", value: framed(GoldenEventTests.agentEvent), at: 1)
            try #require(try driver.awaitAnswers(upTo: .seconds(120)))
            let record = try #require(driver.takeRaw("agent_response").first)
            #expect(record.key == "None")
            #expect(
                record.value
                    == Bytes(
                        [0, 0, 0, 0, 1]
                            + Array(
                                #"{"id": "4444", "message_type": "SentimentResponse", "message": {"text": "I LOVE IT"}}"#
                                    .utf8)))
            try driver.pipe(
                "agent_request", key: "k",
                value: framed(#"{"id": "5", "message_type": "SentimentRequest", "message": {"text": "fail"}}"#), at: 2)
            try #require(try driver.awaitAnswers(upTo: .seconds(120)))
            let failed = try AgentEvent(framed: try #require(driver.takeRaw("agent_response").first).value)
            #expect(failed.id == "5" && failed.message == ["text": ""])
            #expect(failed.error?["code"] == "modelMissing")
            let bad: [Bytes?] = [nil, Bytes(GoldenEventTests.agentEvent), framed("{}"), framed("["), .empty]
            for value in bad { try driver.pipe("agent_request", key: "k", value: value, at: 3) }
            #expect(driver.takeDeadLetters().count == bad.count)
        }
    }

    @Test("as a caller: framed requests, framed answers, errors typed")
    func asks() async throws {
        try await onThread {
            let topology = try StreamTopology("app") {
                Self.input.stream().ask(service(), named: "score")
                    .mapValues(named: "as-text") { outcome in
                        switch outcome {
                        case .success(let reply): reply.text
                        case .failure(let failure): "\(failure.code.rawValue) \(failure.remoteCode ?? "")"
                        }
                    }.to(Self.output)
            }
            let driver = try TopologyTestDriver(topology, partitions: Self.partitions)
            func answer(_ key: String, _ members: String) throws {
                try driver.pipe(Self.input, key, Text(text: key), at: 1)
                let record = try #require(driver.takeRaw("agent_request").first)
                let event = try AgentEvent(framed: record.value)
                #expect(event.messageType == "SentimentRequest" && event.message == ["text": .string(key)])
                #expect(record.key == Bytes(key))
                try driver.pipe(
                    "agent_response", key: record.key, value: framed("{\"id\": \"\(event.id)\", \(members)}"), at: 2)
            }
            try answer("a", #""message_type": "SentimentResponse", "message": {"text": "good"}"#)
            // Flink's sample gives the request's type back.
            try answer("b", #""message_type": "SentimentRequest", "message": {"text": "fine"}"#)
            try answer("c", #""message_type": "SentimentResponse", "message": {}, "error": {"code": "modelMissing"}"#)
            #expect(try driver.take(Self.output).map(\.value).sorted() == ["fine", "good", "refused modelMissing"])
        }
    }
}
