import AutoGenKafka
import JSON
import Schemas
import StreamCore
import Synchronization
import Testing

/// Where schema ids come from.
@Suite("schemas of AutoGen-Kafka's events", .timeLimit(.minutes(15)))
struct EventSchemaTests {
    private let event = RegistrationEvent(.register, agent: "echo")

    @Test("all schemas are JSON, and those of requests and memory are the inventory's texts")
    func texts() throws {
        let all = [
            RequestEvent.schema, ResponseEvent.schema, RegistrationEvent.schema, SubscriptionEvent.schema,
            CloudEvent.schema, MemoryEvent.schema, AgentEvent.schema,
        ]
        for schema in all {
            #expect(schema.kind == .json)
            #expect(try JSONValue(parsing: schema.text)["type"] == "object")
        }
        #expect(
            RequestEvent.schema.text
                == #"{"type":"object","properties":{"message_id":{"type":["string","null"]},"#
                + #""topic_id":{"type":["string","null"]},"agent_id":{"type":["string","null"]},"#
                + #""request_id":{"type":["string","null"]},"recipient":{"type":["string","null"]},"#
                + #""payload":{"type":["string","null"]},"payload_type":{"type":["string","null"]},"#
                + #""payload_format":{"type":["string","null"]},"metadata":{"type":"object"},"#
                + #""error":{"type":["string","null"]}}}"#)
        #expect(
            MemoryEvent.schema.text
                == #"{"type":"object","properties":{"sender":{"type":"string"},"mime_type":{"type":"string"},"#
                + #""content":{"type":"string"},"metadata":{"type":["string","null"]}},"#
                + #""required":["sender","mime_type","content"]}"#)
        #expect(ResponseEvent.schema.text.contains(#""sender":{"type""#))
        #expect(ResponseEvent.schema.text.contains(#""serialization_format":{"type""#))
    }

    @Test("a schema that is there is used under its id, and asked for once")
    func findsExisting() throws {
        let registry = InMemorySchemaRegistry()
        _ = try registry.register(RequestEvent.schema, subject: "other-value")
        let there = try registry.register(RegistrationEvent.schema, subject: "agent_registry-value")
        let serde = Serde<RegistrationEvent>.autoGen("agent_registry", EventSchemas(registry))
        #expect(there.id == 2)
        #expect(try #require(try serde.encode(event))[4] == 2)
        #expect(try registry.versions(of: "agent_registry-value", includingDeleted: true) == [1])
        // Who asked again would find no subject, and would make it.
        try registry.deleteSubject("agent_registry-value", permanently: false)
        #expect(try #require(try serde.encode(event))[4] == 2)
        #expect(try registry.subjects(includingDeleted: false) == ["other-value"])
    }

    @Test("a subject with another schema keeps it: nothing is registered, its latest id is written")
    func keepsOthers() throws {
        let registry = InMemorySchemaRegistry()
        let text = #"{"type":"object","title":"changed by somebody"}"#
        _ = try registry.register(RequestEvent.schema, subject: "agent_registry-value")
        let latest = try registry.register(SchemaDefinition(.json, text), subject: "agent_registry-value")
        #expect(try EventSchemas(registry).id(for: "agent_registry", RegistrationEvent.schema) == latest.id)
        #expect(try registry.versions(of: "agent_registry-value", includingDeleted: true) == [1, 2])
    }

    @Test("a subject that does not exist is made, or an error where that is not allowed")
    func registersMissing() throws {
        let registry = InMemorySchemaRegistry()
        let strict = EventSchemas(registry, registersMissing: false)
        do {
            _ = try strict.id(for: "t", RegistrationEvent.schema)
            Issue.record("an id out of nowhere")
        } catch {
            #expect(error.code == .subjectNotFound)
            #expect(error.description.contains("'t-value'"))
        }
        #expect(try EventSchemas(registry).id(for: "t", RegistrationEvent.schema) == 1)
        #expect(try strict.id(for: "t", RegistrationEvent.schema) == 1)
    }

    @Test("a registry that is away is an error each time, not remembered")
    func unavailable() throws {
        let journal = InterruptedJournal()
        let schemas = EventSchemas(JournaledRegistry(journal: journal))
        for _ in 0..<2 {
            do {
                _ = try schemas.id(for: "t", RegistrationEvent.schema)
                Issue.record("an id out of nowhere")
            } catch { #expect(error.code == .unavailable) }
        }
        journal.isAway.store(false, ordering: .relaxed)
        #expect(try schemas.id(for: "t", RegistrationEvent.schema) == 1)
    }
}

/// A journal that is away at first.
private final class InterruptedJournal: RegistryJournal {
    let isAway = Atomic<Bool>(true)
    private let inner = InMemoryJournal()

    func current() throws(SchemaRegistryError) -> RegistryState {
        try pass()
        return inner.current()
    }

    func append(_ entry: RegistryEntry) throws(SchemaRegistryError) -> RegistryState.Outcome {
        try pass()
        return inner.append(entry)
    }

    private func pass() throws(SchemaRegistryError) {
        if isAway.load(ordering: .relaxed) { throw SchemaRegistryError(.unavailable, "away") }
    }
}
