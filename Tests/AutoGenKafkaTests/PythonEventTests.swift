import AgentOperators
import AutoGenKafka
import Foundation
import JSON
import Schemas
import StreamCore
import TestPrograms
import Testing
import Topology

/// Our bytes in Python: Confluent's own serializers, the CloudEvents SDK, autogen-core.
@Suite(
    "events in Python",
    .enabled(
        if: PythonPeer.has("confluent_kafka", "jsonschema", "cloudevents", "autogen_core"),
        "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct PythonEventTests {
    private struct Case {
        let topic: String
        let schema: SchemaDefinition
        let bytes: Bytes
        let said: String?

        init<Event: AutoGenEvent>(_ topic: String, _ event: Event, said: String? = nil) throws {
            self.topic = topic
            schema = Event.schema
            self.said = said
            let serde = Serde<Event>.autoGen(topic, EventSchemas(InMemorySchemaRegistry()))
            bytes = try #require(try serde.encode(event))
        }
    }

    private static func cases() throws -> [Case] {
        let hello = GoldenEventTests.hello
        let (echo, other) = (AgentID("echo", "s/1"), AgentID("unknown", "unknown"))
        let byPrefix = AgentSubscription(.prefix("echo:"), agentType: "echo")
        let byType = AgentSubscription(.type("default"), agentType: "echo")
        return [
            try Case(
                "runtime_requests",
                RequestEvent(
                    messageID: "é😀\u{1}", topic: TopicID("a", source: "b"), sender: other, requestID: "1",
                    recipient: echo, payload: hello, payloadType: "ContentMessage",
                    payloadFormat: "application/json", metadata: [JSONMember("traceparent", "00-1-2-01")]),
                said: "Hello!"),
            try Case(
                "runtime_responses",
                ResponseEvent(
                    sender: echo, requestID: "1", recipient: other, payload: hello, payloadType: "ContentMessage",
                    payloadFormat: "application/json"), said: "Hello!"),
            try Case("runtime_responses", ResponseEvent(requestID: "1", error: "boom")),
            try Case("runtime_responses", ResponseEvent(sender: echo, requestID: "1")),
            try Case("agent_registry", RegistrationEvent(.register, agent: "echo", system: "team")),
            try Case("agent_registry", RegistrationEvent(.unregister, agent: "echo")),
            try Case("agent_subscriptions", SubscriptionEvent(.added, .subscription(byType, id: "1"))),
            try Case("agent_subscriptions", SubscriptionEvent(.added, .subscription(byPrefix, id: "2"))),
            try Case("agent_subscriptions", SubscriptionEvent(.removed, .id("2"))),
            try Case(
                "agent_publishes",
                CloudEvent(
                    type: "default", source: "s1", id: "3", time: "2025-07-23T09:06:42.120000+00:00",
                    dataContentType: "application/json", dataSchema: "ContentMessage", subject: "s1",
                    data: .bytes(hello),
                    extensions: [
                        JSONMember("agagentsendertype", .null), JSONMember("agagentsenderkey", .null),
                        JSONMember("agmsgkind", "publish"), JSONMember("traceparent", "00-1-2-01"),
                    ]), said: "Hello!"),
            try Case(
                "memory_s1", MemoryEvent(sender: "i", mimeType: "text/plain", content: "ü\n", metadata: nil)),
            try Case(
                "agent_response",
                AgentEvent(
                    id: "1", messageType: "T",
                    message: [
                        "a": .double(1e16), "b": .array([.double(1.5), .double(1e-7), -3, .double(1e100), true]),
                        "c": ["é": .null],
                    ])),
        ]
    }

    @Test(
        "AK-16, W16: Python's deserializer takes each event under its schema, and its serializer writes the same bytes")
    func sameBytes() async throws {
        let cases = try Self.cases()
        let input = JSONValue.array(
            cases.map {
                ["topic": .string($0.topic), "schema": .string($0.schema.text), "bytes": .string($0.bytes.hex)]
            })
        let folder = try TemporaryFolder()
        let peer = PythonPeer("Tests/AutoGenKafkaTests/Peers/event_peer.py")
        let text = try await peer.answer(input: input.text, in: folder.path)
        let answers = try #require(try JSONValue(parsing: text).elements)
        #expect(answers.count == cases.count)
        for (answer, known) in zip(answers, cases) {
            #expect(answer["again"]?.stringValue == known.bytes.hex, "\(known.topic)")
            #expect(answer["said"]?.stringValue == known.said, "\(known.topic)")
        }
    }
}
