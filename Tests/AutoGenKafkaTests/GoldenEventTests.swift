import AgentOperators
import AutoGenKafka
import JSON
import Schemas
import StreamCore
import Testing

/// What AutoGen-Kafka's own classes write, byte for byte, and back.
@Suite("AutoGen-Kafka's events", .timeLimit(.minutes(15)))
struct GoldenEventTests {
    static let request =
        #"{"message_id": "2222", "topic_id": "unknown/unknown", "agent_id": "unknown/unknown", "request_id": "1111", "#
        + #""recipient": "echo/default", "payload": "eyJjb250ZW50IjogIkhlbGxvISJ9", "payload_type": "ContentMessage", "#
        + #""payload_format": "application/json", "metadata": {}, "error": null}"#
    static let response =
        #"{"message_id": null, "topic_id": null, "sender": "echo/default", "request_id": "1111", "#
        + #""recipient": "unknown/unknown", "payload": "eyJjb250ZW50IjogIkhlbGxvISJ9", "payload_type": "ContentMessage", "#
        + #""serialization_format": "application/json", "metadata": {"traceparent": "00-…-01"}, "error": null}"#
    static let errorReply =
        #"{"message_id": null, "topic_id": null, "sender": null, "request_id": "r1", "recipient": null, "payload": null, "#
        + #""payload_type": null, "serialization_format": null, "metadata": {}, "error": "boom"}"#
    static let registration = #"{"message_type": "register", "agent": "echo"}"#
    static let byType =
        #"{"type": "TypeSubscription", "subscription": {"topic_type": "default", "agent_type": "echo", "id": "s1"}, "#
        + #""operation": "added"}"#
    static let byPrefix =
        #"{"type": "TypePrefixSubscription", "subscription": {"topic_type_prefix": "echo:", "agent_type": "echo", "#
        + #""id": "s2"}, "operation": "added"}"#
    static let byID = #"{"type": "StringSubscription", "subscription": "s1", "operation": "removed"}"#
    static let cloudEvent =
        #"{"specversion": "1.0", "type": "default", "source": "default", "id": "3333", "#
        + #""time": "2025-07-23T09:06:42+00:00", "datacontenttype": "application/json", "dataschema": "ContentMessage", "#
        + #""subject": "default", "data_base64": "eyJjb250ZW50IjogIkhlbGxvISJ9", "agagentsendertype": null, "#
        + #""agagentsenderkey": null, "agmsgkind": "publish"}"#
    static let memory =
        #"{"sender": "i1", "mime_type": "text/plain", "content": "fact", "metadata": "{\"source\": \"test\"}"}"#
    static let agentEvent =
        #"{"id": "4444", "message_type": "SentimentRequest", "message": {"text": "I love it"}}"#
    static let hello = Bytes(#"{"content": "Hello!"}"#)

    private func holds<Event: AutoGenEvent>(_ event: Event, _ text: String, fileID: String = #fileID) throws {
        // Python escapes what is not ASCII; the inventory shows such text as it reads.
        let expected = text.replacing("…", with: "\\u2026")
        #expect(event.bytes.description == expected)
        #expect(try Event(parsing: Bytes(expected)) == event)
    }

    @Test("requests and responses, replies and errors, are Python's bytes both ways")
    func requests() throws {
        let nobody = AgentID("unknown", "unknown")
        try holds(
            RequestEvent(
                messageID: "2222", topic: TopicID("unknown", source: "unknown"), sender: nobody, requestID: "1111",
                recipient: AgentID("echo", "default"), payload: Self.hello, payloadType: "ContentMessage",
                payloadFormat: "application/json"), Self.request)
        try holds(
            ResponseEvent(
                sender: AgentID("echo", "default"), requestID: "1111", recipient: nobody, payload: Self.hello,
                payloadType: "ContentMessage", payloadFormat: "application/json",
                metadata: [JSONMember("traceparent", "00-…-01")]), Self.response)
        try holds(ResponseEvent(requestID: "r1", error: "boom"), Self.errorReply)
    }

    @Test("registrations and the three forms of subscriptions are Python's bytes both ways")
    func registrations() throws {
        try holds(RegistrationEvent(.register, agent: "echo"), Self.registration)
        try holds(
            RegistrationEvent(.unregister, agent: "echo"),
            Self.registration.replacing("register\"", with: "unregister\""))
        let byType = AgentSubscription(.type("default"), agentType: "echo")
        try holds(SubscriptionEvent(.added, .subscription(byType, id: "s1")), Self.byType)
        let byPrefix = AgentSubscription(.prefix("echo:"), agentType: "echo")
        try holds(SubscriptionEvent(.added, .subscription(byPrefix, id: "s2")), Self.byPrefix)
        try holds(SubscriptionEvent(.removed, .id("s1")), Self.byID)
    }

    @Test("AK-17: published messages are CloudEvents, memory and bridge events are not: all Python's bytes both ways")
    func others() throws {
        try holds(
            CloudEvent(
                type: "default", source: "default", id: "3333", time: "2025-07-23T09:06:42+00:00",
                dataContentType: "application/json", dataSchema: "ContentMessage", subject: "default",
                data: .bytes(Self.hello),
                extensions: [
                    JSONMember("agagentsendertype", .null), JSONMember("agagentsenderkey", .null),
                    JSONMember("agmsgkind", "publish"),
                ]), Self.cloudEvent)
        try holds(
            MemoryEvent(
                sender: "i1", mimeType: "text/plain", content: "fact", metadata: #"{"source": "test"}"#), Self.memory)
        try holds(
            AgentEvent(id: "4444", messageType: "SentimentRequest", message: ["text": "I love it"]), Self.agentEvent)
    }

    @Test("all of them travel framed; readers take any schema id, and nothing unframed")
    func frames() throws {
        let schemas = EventSchemas(InMemorySchemaRegistry())
        let serde = Serde<RegistrationEvent>.autoGen("agent_registry", schemas)
        let event = RegistrationEvent(.register, agent: "echo")
        let framed = try #require(try serde.encode(event))
        #expect(framed.hex == "0000000001" + Bytes(Self.registration).hex)
        #expect(try serde.decode(framed) == event)
        #expect(try serde.decode(Bytes([0, 0x7f, 1, 2, 3] + Array(Self.registration.utf8))) == event)
        for bad in [Bytes(Self.registration), .empty, [0, 0, 0, 1], [1, 0, 0, 0, 1, 0x7b, 0x7d], [0, 0, 0, 0, 1]] {
            #expect(throws: MessageFormatError.self) { try serde.decode(bad) }
        }
        #expect(throws: SerdeError.self) { try serde.decode(nil) }
    }

    @Test("readers take unknown and missing members, any spaces and order; what they cannot do without has a name")
    func readsMore() throws {
        let event = try RequestEvent(
            parsing: "\n{\"x\":[1,{\"y\":2}],\t\"recipient\" : \"a/b/c\", \"request_id\":\"1\",\"metadata\":null } ")
        #expect(event.recipient == AgentID("a", "b/c"))
        #expect(event.payload == nil && event.metadata.isEmpty && event.sender == nil)
        let bad = [
            "[]", "", "{", "null", #"{"recipient": 7}"#, #"{"recipient": "noslash"}"#, #"{"payload": "%%%"}"#,
            #"{"metadata": "x"}"#, #"{"topic_id": "a b/c"}"#,
        ]
        for text in bad {
            #expect(throws: MessageFormatError.self, "\(text)") { try RequestEvent(parsing: Bytes(text)) }
        }
        #expect(throws: MessageFormatError("RegistrationEvent: member 'agent' is missing")) {
            try RegistrationEvent(parsing: #"{"message_type":"register"}"#)
        }
        #expect(throws: MessageFormatError.self) {
            try SubscriptionEvent(parsing: #"{"type":"TypeSubscription","subscription":"s","operation":"added"}"#)
        }
        #expect(try AgentEvent(parsing: #"{"id":"1","message":null}"#).messageType == "")
    }

    @Test("text is escaped as Python escapes it, numbers are its own")
    func escapes() throws {
        let event = AgentEvent(
            id: "é😀\u{7f}\u{1}\n\"\\/", messageType: "T",
            message: [
                "a": .double(1e16), "b": .double(1.5), "c": .double(-12_345_678_901_234_568), "d": .double(1e-5),
                "e": .array([.bool(true), .null, .integer(-3)]), "f": .object([]), "g": .array([]), "h": .double(0.1),
                "i": .double(1e22), "j": .double(123),
            ])
        #expect(
            event.bytes.description
                == #"{"id": "\u00e9\ud83d\ude00\u007f\u0001\n\"\\/", "message_type": "T", "message": {"a": 1e+16, "#
                + #""b": 1.5, "c": -1.2345678901234568e+16, "d": 1e-05, "e": [true, null, -3], "f": {}, "g": [], "#
                + #""h": 0.1, "i": 1e+22, "j": 123.0}}"#)
        #expect(try AgentEvent(parsing: event.bytes).id == event.id)
    }

    @Test("attributes that stop Python's reader never leave; those of the standard stay where they are")
    func extensions() throws {
        var event = CloudEvent(type: "t", source: "s", id: "1", data: .json(["a": 1]))
        event.extensions = [
            JSONMember("traceparent", "00-x"), JSONMember("Upper", "x"), JSONMember("with_line", "x"),
            JSONMember("list", .array([])), JSONMember("map", .object([])), JSONMember("id", "2"),
            JSONMember("", "x"), JSONMember("n1", 7), JSONMember("flag", true),
        ]
        #expect(
            event.bytes.description
                == #"{"specversion": "1.0", "type": "t", "source": "s", "id": "1", "data": {"a": 1}, "#
                + #""traceparent": "00-x", "n1": 7, "flag": true}"#)
        #expect(throws: MessageFormatError.self) {
            try CloudEvent(parsing: #"{"specversion":"0.3","type":"t","source":"s","id":"1"}"#)
        }
    }

    @Test("a memory event never says null metadata, and reads it")
    func memoryMetadata() throws {
        let event = try MemoryEvent(
            parsing: #"{"sender": "i", "mime_type": "text/plain", "content": "x", "metadata": null}"#)
        #expect(event.metadata == nil)
        #expect(event.bytes.description.hasSuffix(#""metadata": "{}"}"#))
    }

    @Test("keys find the partitions that Python's producers choose")
    func partitions() {
        func hash(_ key: String) -> UInt32 { UInt32(bitPattern: Bytes(key).withUnsafeBytes { Murmur2.hash($0) }) }
        #expect(hash("echo/default") == 618_135_544)
        #expect(hash("default/default") == 1_919_236_626)
        #expect(hash("sess-1") == 2_355_532_186)
        #expect(Murmur2.partition("echo/default", of: 3) == 1)
        #expect(Murmur2.partition("default/default", of: 3) == 0)
        #expect(Murmur2.partition("sess-1", of: 3) == 2)
    }
}
