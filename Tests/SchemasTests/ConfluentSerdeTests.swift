import JSON
import Schemas
import StreamCore
import Synchronization
import Testing

/// A registry that counts what it is asked, and can be away.
final class WatchedRegistry: SchemaRegistry {
    let inner = InMemorySchemaRegistry()
    let calls = Atomic<Int>(0)
    let isAway = Atomic<Bool>(false)

    private func pass() throws(SchemaRegistryError) {
        calls.add(1, ordering: .relaxed)
        if isAway.load(ordering: .relaxed) { throw SchemaRegistryError(.unavailable, "away") }
    }
    func register(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        try pass()
        return try inner.register(schema, subject: subject)
    }
    func find(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        try pass()
        return try inner.find(schema, subject: subject)
    }
    func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition {
        try pass()
        return try inner.schema(id: id)
    }
    func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        try pass()
        return try inner.version(version, of: subject)
    }
}

private struct Review: Codable, Sendable, Equatable {
    var stars: Int
    var text: String
}

@Suite("Serdes with a registry")
struct ConfluentSerdeTests {
    private let order = """
        {"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "id", "type": "string"}]}
        """
    private let reviewSchema = JSONSchema.object(["stars": .integer(minimum: 1, maximum: 5), "text": .string()])

    @Test("Avro is framed with the id of its schema, registered under the topic's subject at the first value")
    func avro() throws {
        let registry = WatchedRegistry()
        let schema = try AvroSchema(parsing: order)
        let serde = try Serde.confluentAvro(schema, topic: "orders", registry: registry)
        #expect(registry.calls.load(ordering: .relaxed) == 0)
        let value = AvroValue.record(["id": .string("a")])
        #expect(try serde.encode(value) == [0, 0, 0, 0, 1, 2, 0x61])
        #expect(try serde.decode([0, 0, 0, 0, 1, 2, 0x61]) == value)
        for _ in 0..<100 { _ = try serde.decode(try serde.encode(value)) }
        #expect(registry.calls.load(ordering: .relaxed) == 2, "one registration, one look-up")
        #expect(try registry.inner.version(nil, of: "orders-value").version == 1)
    }

    @Test("what an older schema wrote is read with the new one's defaults, from the id in the frame")
    func evolution() throws {
        let registry = InMemorySchemaRegistry()
        let old = try Serde.confluentAvro(AvroSchema(parsing: order), topic: "orders", registry: registry)
        let newer = """
            {"type": "record", "name": "Order", "namespace": "shop", "fields": [
              {"name": "id", "type": "string"}, {"name": "count", "type": "int", "default": 1}]}
            """
        let new = try Serde.confluentAvro(AvroSchema(parsing: newer), topic: "orders", registry: registry)
        let written = try old.encode(.record(["id": .string("a")]))
        #expect(try new.decode(written) == .record(["id": .string("a"), "count": .int(1)]))
        let both = try new.encode(.record(["id": .string("b"), "count": .int(7)]))
        #expect(try old.decode(both) == .record(["id": .string("b")]))
        #expect(try registry.versions(of: "orders-value", includingDeleted: false) == [1, 2])
    }

    @Test("JSON is held against its schema before it is written and when it is read, with the places of what is wrong")
    func json() throws {
        let registry = InMemorySchemaRegistry()
        let serde = try Serde.confluentJSON(Review.self, schema: reviewSchema, topic: "reviews", registry: registry)
        let bytes = try #require(try serde.encode(Review(stars: 4, text: "good")))
        #expect(bytes == Bytes("\0\0\0\0\u{1}{\"stars\":4,\"text\":\"good\"}"))
        #expect(try serde.decode(bytes) == Review(stars: 4, text: "good"))
        let refused = #expect(throws: SerdeError.self) { try serde.encode(Review(stars: 9, text: "")) }
        #expect(refused?.description.contains("/stars: expected at most 5, found 9") == true)
        #expect(throws: SerdeError.self) { try serde.decode(Bytes("\0\0\0\0\u{1}{\"stars\":0,\"text\":\"\"}")) }
    }

    @Test("an incompatible schema is refused with its reasons, as a typed error")
    func incompatible() throws {
        let registry = InMemorySchemaRegistry()
        let first = try Serde.confluentJSON(
            JSONSchema(parsing: #"{"type": "object", "properties": {"a": {"type": "string"}}}"#), topic: "events",
            registry: registry)
        _ = try first.encode(["a": "x"])
        let second = try Serde.confluentJSON(
            JSONSchema(
                parsing: #"{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}"#),
            topic: "events", registry: registry)
        let error = #expect(throws: SchemaRegistryError.self) { try second.encode(["a": "x"]) }
        #expect(error?.code == .incompatible)
        #expect(error?.reasons.map(\.code) == ["OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"])
        #expect(error?.reasons.map(\.path) == ["#/properties/b"])
        #expect(error?.reasons.first?.version == 1)
        #expect(error?.isRetryable == false)
    }

    @Test("a registry that is away fails the value as retriable, and the next value asks again")
    func away() throws {
        let registry = WatchedRegistry()
        registry.isAway.store(true, ordering: .relaxed)
        let serde = try Serde.confluentAvro(AvroSchema(parsing: order), topic: "orders", registry: registry)
        let value = AvroValue.record(["id": .string("a")])
        let error = #expect(throws: SchemaRegistryError.self) { try serde.encode(value) }
        #expect(error?.isRetryable == true)
        registry.isAway.store(false, ordering: .relaxed)
        let bytes = try serde.encode(value)
        registry.isAway.store(true, ordering: .relaxed)
        #expect(throws: SchemaRegistryError.self) { try serde.decode(bytes) }
        registry.isAway.store(false, ordering: .relaxed)
        #expect(try serde.decode(bytes) == value)
        registry.isAway.store(true, ordering: .relaxed)
        #expect(try serde.decode(serde.encode(value)) == value, "what is known needs no registry")
    }

    @Test("unknown ids, other languages and values without a frame are refused as the record's fault")
    func strangers() throws {
        let registry = InMemorySchemaRegistry()
        let avro = try Serde.confluentAvro(AvroSchema(parsing: order), topic: "orders", registry: registry)
        let json = try Serde.confluentJSON(Review.self, schema: reviewSchema, topic: "reviews", registry: registry)
        let bytes = try #require(try json.encode(Review(stars: 4, text: "")))
        for bad in [bytes, [0, 0, 0, 0, 99, 0], [1, 2, 3], [], [0, 0, 0, 0]] as [Bytes] {
            #expect(throws: SerdeError.self) { try avro.decode(bad) }
        }
        #expect(throws: SerdeError.self) { try avro.decode(nil) }
    }

    @Test("existing and latest register nothing; latest writes with whatever is there")
    func registration() throws {
        let registry = InMemorySchemaRegistry()
        let schema = try AvroSchema(parsing: order)
        let existing = try Serde.confluentAvro(
            schema, topic: "orders", registry: registry, options: RegistrySerdeOptions(registration: .existing))
        let value = AvroValue.record(["id": .string("a")])
        let error = #expect(throws: SchemaRegistryError.self) { try existing.encode(value) }
        #expect(error?.code == .subjectNotFound)
        _ = try registry.register(SchemaDefinition(.avro, order), subject: "orders-value")
        #expect(try existing.encode(value) == [0, 0, 0, 0, 1, 2, 0x61])
        let wider = order.replacing("]}", with: #", {"name": "n", "type": "int", "default": 3}]}"#)
        _ = try registry.register(SchemaDefinition(.avro, wider), subject: "orders-value")
        let latest = try Serde.confluentAvro(
            schema, topic: "orders", registry: registry, options: RegistrySerdeOptions(registration: .latest))
        #expect(try latest.encode(value) == [0, 0, 0, 0, 2, 2, 0x61, 6])
    }

    @Test("subjects are named after the topic, the record or both")
    func subjects() throws {
        func subject(_ naming: RegistrySerdeOptions.SubjectNaming, isKey: Bool = false) throws -> String {
            try RegistrySerdeOptions(naming: naming, isKey: isKey).subject(topic: "orders", record: "shop.Order")
        }
        #expect(try subject(.topic) == "orders-value")
        #expect(try subject(.topic, isKey: true) == "orders-key")
        #expect(try subject(.record) == "shop.Order")
        #expect(try subject(.topicRecord) == "orders-shop.Order")
        #expect(throws: SchemaRegistryError.self) {
            try RegistrySerdeOptions(naming: .record).subject(topic: "orders", record: nil)
        }
    }
}
