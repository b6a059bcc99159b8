import Schemas
import StreamCore
import Testing

@Suite("Schemas of the seeds")
struct SchemaSeedTests {
    @Test("RPK-04, W51 the same record raw and framed: one schema for both, and the frame is told from raw bytes")
    func framed() throws {
        let vector = MarketVector.all[0]
        let schema = try AvroSchema(parsing: vector.schema)
        let raw = try Serde.avro(schema)
        let registry = InMemorySchemaRegistry()
        let framed = try Serde.confluentAvro(schema, topic: "task-requests", registry: registry)
        #expect(try raw.encode(vector.value)?.hex == vector.hex)
        #expect(try framed.encode(vector.value)?.hex == "0000000001" + vector.hex)
        #expect(try registry.version(nil, of: "task-requests-value").definition.text.contains("com.a2a.schema"))
        #expect(throws: SerdeError.self) { try raw.decode(framed.encode(vector.value)) }
        #expect(throws: SerdeError.self) { try framed.decode(raw.encode(vector.value)) }
    }

    @Test("W51 what the registry holds is what the bytes are: a drifting namespace or enum is refused, not written")
    func drift() throws {
        let registry = InMemorySchemaRegistry()
        let response = try AvroSchema(parsing: MarketSchemas.response)
        let value = MarketVector.all[1].value
        _ = try Serde.confluentAvro(response, topic: "task-responses", registry: registry).encode(value)
        let fewer = MarketSchemas.response.replacing(", \"COMPLETED\", \"FAILED\"", with: "")
        let drifted = try Serde.confluentAvro(AvroSchema(parsing: fewer), topic: "task-responses", registry: registry)
        let error = #expect(throws: SchemaRegistryError.self) { try drifted.encode(value) }
        #expect(error?.reasons.map(\.code) == ["MISSING_ENUM_SYMBOLS"])
        let nameless = MarketSchemas.response.replacing("\"name\": \"TaskStatus\",", with: "")
        let invalid = #expect(throws: AvroSchemaError.self) { try AvroSchema(parsing: nameless) }
        #expect(invalid?.description == "Avro schema at TaskResponse.status: the enum has no 'name'")
    }

    @Test("RPK-05 a request without cost and priority takes their defaults")
    func defaults() throws {
        let codec = try AvroCodec(AvroSchema(parsing: MarketSchemas.request))
        let bytes = try codec.encode(
            .record([
                "task_id": .string("t"), "requester_id": .string("a"), "description": .string(""),
                "timestamp": .long(0),
            ]))
        guard case .record(let fields) = try codec.decode(bytes) else {
            Issue.record("no record")
            return
        }
        #expect(fields["proposed_cost"] == .null)
        #expect(fields["priority"] == .int(1))
    }

    @Test("RPK-15 the policies of the original script: FORWARD, BACKWARD and FULL by subject, BACKWARD for the rest")
    func policies() throws {
        let registry = InMemorySchemaRegistry()
        let subjects: [(String, String, CompatibilityLevel)] = [
            ("task-requests-value", MarketSchemas.request, .forward),
            ("task-responses-value", MarketSchemas.response, .backward),
            ("negotiations-value", MarketSchemas.negotiation, .full),
        ]
        for (subject, text, level) in subjects {
            try registry.setLevel(level, of: subject)
            _ = try registry.register(SchemaDefinition(.avro, text), subject: subject)
        }
        #expect(try registry.level(of: nil, orDefault: true) == .backward)
        for (subject, text, level) in subjects {
            let wider = SchemaDefinition(
                .avro,
                text.replacing("\"fields\": [", with: "\"fields\": [{\"name\": \"extra\", \"type\": \"string\"},"))
            let narrower = SchemaDefinition(
                .avro, text.replacing("{\"name\": \"task_id\", \"type\": \"string\"},", with: ""))
            #expect(try registry.check(wider, subject: subject, against: nil).isEmpty == (level == .forward))
            #expect(try registry.check(narrower, subject: subject, against: nil).isEmpty == (level == .backward))
        }
    }

    @Test("RPK-18 evolution step by step: optional with default, both sides deployed, then the old field goes")
    func evolution() throws {
        let registry = InMemorySchemaRegistry()
        try registry.setLevel(.fullTransitive, of: "orders-value")
        func schema(_ fields: String) throws -> AvroSchema {
            try AvroSchema(parsing: #"{"type": "record", "name": "Order", "fields": [\#(fields)]}"#)
        }
        let old = #"{"name": "price", "type": "double", "default": 0}"#
        let new = #"{"name": "cents", "type": ["null", "long"], "default": null}"#
        let steps = [try schema(old), try schema("\(old), \(new)"), try schema(new)]
        let serdes = try steps.map { try Serde.confluentAvro($0, topic: "orders", registry: registry) }
        let values: [AvroValue] = [
            .record(["price": .double(2)]), .record(["price": .double(2), "cents": .long(200)]),
            .record(["cents": .long(200)]),
        ]
        for (writer, value) in zip(serdes, values) {
            let bytes = try writer.encode(value)
            for reader in serdes { _ = try reader.decode(bytes) }
        }
        #expect(try registry.versions(of: "orders-value", includingDeleted: false) == [1, 2, 3])
        let abrupt = SchemaDefinition(.avro, try schema(#"{"name": "total", "type": "long"}"#).text)
        #expect(try registry.check(abrupt, subject: "orders-value", against: nil).count == 3, "each version says why")
    }
}
