import AgentOperators
import Foundation
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// The bridge form: a foreign service that reads one topic and answers on another.
@Suite("bridge to foreign services", .timeLimit(.minutes(15)))
struct BridgeTests {
    private struct Text: Codable, Sendable { let text: String }
    private struct Score: Codable, Sendable { let sentiment: String }

    private static let service = RequestTopic<Text, Score>(
        "agent_request", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("agent_response"),
        requestType: "SentimentRequest", replyType: "SentimentResponse")
    private static let input = Topic<String, Text>("in", key: .string, value: .json())
    private static let output = Topic("out", key: .string, value: .string)

    private struct Event: Codable {
        var id: String
        var message_type: String
        var message: [String: String]?
        var error: [String: String]?
    }

    private func driver() throws -> TopologyTestDriver {
        let topology = try StreamTopology("app") {
            Self.input.stream().ask(Self.service, named: "score")
                .mapValues(named: "as-text") { outcome in
                    switch outcome {
                    case .success(let score): score.sentiment
                    case .failure(let failure): "\(failure.code.rawValue) \(failure.remoteCode ?? "")"
                    }
                }.to(Self.output)
        }
        return try TopologyTestDriver(
            topology, partitions: ["in": 4, "agent_request": 3, "agent_response": 2])
    }

    private func answer(_ driver: TopologyTestDriver, _ event: Event, key: Bytes? = nil) throws {
        try driver.pipe(
            "agent_response", key: key, value: Bytes(Array(try JSONEncoder().encode(event))), at: 9)
    }

    private func requests(_ driver: TopologyTestDriver) throws -> [(key: Bytes?, event: Event)] {
        try driver.takeRaw("agent_request").map { record in
            (record.key, try JSONDecoder().decode(Event.self, from: Data(try #require(record.value).array)))
        }
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "bridge", body)
    }

    @Test("AK-13: a request is an AgentEvent, its bytes as the original writes them")
    func writesEvents() async throws {
        try await onThread {
            let driver = try driver()
            try driver.pipe(Self.input, "r1", Text(text: "I love it"), at: 1)
            let record = try #require(driver.takeRaw("agent_request").first)
            #expect(record.key == "r1")
            let partition = Murmur2.partition("r1", of: 4)
            let id = "test/score/0_\(partition)/in-\(partition)-0/0@\(partition)"
            #expect(
                record.value?.utf8
                    == "{\"id\":\"\(id)\",\"message_type\":\"SentimentRequest\",\"message\":{\"text\":\"I love it\"}}")
        }
    }

    @Test(
        "AK-14, W17: a service that echoes the id is an agent: every reply finds the task that waits, whatever its key")
    func routesReplies() async throws {
        try await onThread {
            let driver = try driver()
            for number in 0..<20 { try driver.pipe(Self.input, "r\(number)", Text(text: "t\(number)"), at: 1) }
            let requests = try requests(driver)
            #expect(requests.count == 20)
            for (number, request) in requests.enumerated() {
                // As Flink does: the request's own type, a key of any kind.
                let event = Event(
                    id: request.event.id, message_type: "SentimentRequest",
                    message: ["sentiment": request.event.message?["text"] ?? ""])
                try answer(driver, event, key: number.isMultiple(of: 2) ? nil : Bytes("anything\(number)"))
            }
            let outcomes = try driver.take(Self.output).map { "\($0.key)=\($0.value)" }.sorted()
            let expected = (0..<20).map { "r\($0)=t\($0)" }.sorted()
            #expect(outcomes == expected)
        }
    }

    @Test("W19: a service says that it failed by a member 'error', by headers, or by text, and the asker gets it typed")
    func reportsErrors() async throws {
        try await onThread {
            let driver = try driver()
            for key in ["a", "b", "c"] { try driver.pipe(Self.input, key, Text(text: key), at: 1) }
            let requests = try requests(driver)
            let ids = Dictionary(uniqueKeysWithValues: requests.map { ($0.key?.utf8 ?? "", $0.event.id) })
            let member = Event(
                id: ids["a"] ?? "", message_type: "SentimentResponse",
                error: ["code": "modelMissing", "message": "no such model"])
            try answer(driver, member)
            try driver.pipe(
                "agent_response", key: nil, value: Bytes("{\"id\":\"\(ids["b"] ?? "")\",\"error\":\"out of memory\"}"),
                at: 9)
            var headers = Headers()
            headers.append("tributary.error-code", "noGPU")
            try driver.pipe(
                "agent_response", key: nil, value: Bytes("{\"id\":\"\(ids["c"] ?? "")\",\"message\":null}"), at: 9,
                headers: headers)
            let outcomes = try driver.take(Self.output).map { "\($0.key)=\($0.value)" }.sorted()
            #expect(outcomes == ["a=refused modelMissing", "b=failed failed", "c=refused noGPU"])
        }
    }

    @Test("AK-35: a reply of another type is a typed failure, not a wrong object")
    func refusesOtherTypes() async throws {
        try await onThread {
            let driver = try driver()
            try driver.pipe(Self.input, "a", Text(text: "a"), at: 1)
            try driver.pipe(Self.input, "b", Text(text: "b"), at: 1)
            for request in try requests(driver) {
                let isFirst = request.key == "a"
                let event = Event(
                    id: request.event.id, message_type: isFirst ? "Weather" : "SentimentResponse",
                    message: isFirst ? ["sentiment": "sunny"] : ["other": "field"])
                try answer(driver, event)
            }
            let outcomes = try driver.take(Self.output).map { "\($0.key)=\($0.value)" }.sorted()
            #expect(outcomes == ["a=refused unknownType", "b=refused unreadable"])
        }
    }

    @Test("replies of nobody are passed over and counted, records that are no events become dead letters")
    func passesOver() async throws {
        try await onThread {
            let driver = try driver()
            for id in ["4444", "test/other/0_0/in-0-0/0@0", "test/score/0_9/in-9-0/0@9"] {
                try answer(driver, Event(id: id, message_type: "x"))
            }
            #expect(
                driver.counters["replies_passed_over", step: "score-router", reason: "not an id of this step"] == 3)
            try driver.pipe("agent_response", key: nil, value: "not json", at: 9)
            try driver.pipe("agent_response", key: nil, value: "{\"message\":{}}", at: 9)
            #expect(driver.takeDeadLetters().count == 2)
        }
    }

    @Test(
        "payloads pass through the bridge byte for byte",
        arguments: [
            "{\"a\": 1.50, \"b\":[1,2,{\"c\":\"}\"}],\"d\":\"\\\"\"}", "12345678901234567890", "\"text\"", "[]", "true",
        ])
    func keepsBytes(payload: String) throws {
        var message = AgentMessage(.request, id: "a \"quoted\" id")
        message.type = "T"
        message.payload = Bytes(payload)
        let record = try JSONBridgeCodec().write(message)
        let back = try JSONBridgeCodec().read(record, as: .request)
        #expect(back == message)
    }

    @Test(
        "what is no event is refused, never a trap",
        arguments: [
            "", "{", "{}", "[]", "null", "{\"id\":1}", "{\"id\":\"a\"", "{\"id\":\"a\",}", "{\"id\":\"a\"}x",
            "{\"id\":\"\\",
            "{\"id\":}", "{\"id\" \"a\"}", "{\"id\":\"a\",\"message\":{\"b\":",
        ])
    func refusesOthers(value: String) {
        #expect(throws: MessageFormatError.self) {
            try JSONBridgeCodec().read(MessageRecord(key: nil, value: Bytes(value)), as: .reply)
        }
    }
}
