import Schemas
import StreamCore
import Testing

@Suite("The registry's rules")
struct InMemoryRegistryTests {
    private let registry = InMemorySchemaRegistry()

    private func record(_ fields: String, name: String = "R") -> SchemaDefinition {
        SchemaDefinition(.avro, #"{"type": "record", "name": "\#(name)", "fields": [\#(fields)]}"#)
    }
    private let a = #"{"name": "a", "type": "int"}"#
    private let b = #"{"name": "b", "type": "int"}"#
    private let c = #"{"name": "c", "type": "int", "default": 1}"#

    private func expect(
        _ code: SchemaRegistryError.Code?, at place: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        var found: SchemaRegistryError.Code?
        do {
            try body()
        } catch {
            found = (error as? SchemaRegistryError)?.code
        }
        #expect(found == code, sourceLocation: place)
    }

    @Test("an id belongs to a text, whatever its spaces and subject; versions count within a subject")
    func identity() throws {
        let first = try registry.register(record(a), subject: "s")
        let again = try registry.register(
            SchemaDefinition(.avro, #"{"name":"R","fields":[{"type":"int","name":"a"}],"type":"record"}"#), subject: "s"
        )
        let elsewhere = try registry.register(record(a), subject: "t")
        let other = try registry.register(record(a, name: "Q"), subject: "t2")
        #expect((first.id, first.version) == (1, 1))
        #expect(again == first)
        #expect((elsewhere.id, elsewhere.version) == (1, 1))
        #expect((other.id, other.version) == (2, 1))
        #expect(try registry.subjects(includingDeleted: false) == ["s", "t", "t2"])
        #expect(try registry.places(ofID: 1).map(\.subject) == ["s", "t"])
        #expect(try registry.find(record(a), subject: "s") == first)
        expect(.schemaNotFound) { _ = try registry.find(record(b), subject: "s") }
        expect(.subjectNotFound) { _ = try registry.find(record(b), subject: "u") }
        expect(.versionNotFound) { _ = try registry.version(9, of: "s") }
        expect(.schemaNotFound) { _ = try registry.schema(id: 77) }
    }

    @Test(
        "each level allows what it says",
        arguments: [
            (CompatibilityLevel.none, true, true, true), (.backward, true, false, true), (.forward, false, true, true),
            (.full, false, false, true), (.backwardTransitive, true, false, true),
            (.forwardTransitive, false, true, true),
            (.fullTransitive, false, false, true),
        ])
    func levels(_ level: CompatibilityLevel, canRemove: Bool, canAdd: Bool, canAddDefault: Bool) throws {
        try registry.setLevel(level, of: "s")
        _ = try registry.register(record(a + "," + b), subject: "s")
        #expect(try registry.check(record(a), subject: "s", against: nil).isEmpty == canRemove)
        #expect(
            try registry.check(record("\(a),\(b),\(#"{"name": "d", "type": "int"}"#)"), subject: "s", against: nil)
                .isEmpty
                == canAdd)
        #expect(try registry.check(record("\(a),\(b),\(c)"), subject: "s", against: nil).isEmpty == canAddDefault)
    }

    @Test("only transitive levels look behind the latest version")
    func transitive() throws {
        let optional = #"{"name": "a", "type": "int", "default": 0}"#
        _ = try registry.register(record(b), subject: "s")
        _ = try registry.register(record("\(b),\(optional)"), subject: "s")
        let last = record("\(b),\(a)")
        #expect(try registry.check(last, subject: "s", against: nil).isEmpty)
        try registry.setLevel(.backwardTransitive, of: "s")
        let problems = try registry.check(last, subject: "s", against: nil)
        #expect(problems.map(\.code) == ["READER_FIELD_MISSING_DEFAULT_VALUE"])
        #expect(problems.map(\.version) == [1])
        #expect(problems.map(\.path) == ["/fields/1"])
    }

    @Test("deletion is soft, then permanent; ids of softly deleted schemas still work; versions are not given again")
    func deletion() throws {
        try registry.setLevel(CompatibilityLevel.none, of: nil)
        _ = try registry.register(record(a), subject: "s")
        _ = try registry.register(record(b), subject: "s")
        expect(.versionNotSoftDeleted) { try registry.deleteVersion(1, of: "s", permanently: true) }
        #expect(try registry.deleteVersion(1, of: "s", permanently: false) == 1)
        expect(.versionSoftDeleted) { try registry.deleteVersion(1, of: "s", permanently: false) }
        #expect(try registry.versions(of: "s", includingDeleted: false) == [2])
        #expect(try registry.versions(of: "s", includingDeleted: true) == [1, 2])
        #expect(try registry.schema(id: 1).kind == .avro)
        #expect(try registry.deleteVersion(1, of: "s", permanently: true) == 1)
        expect(.schemaNotFound) { _ = try registry.schema(id: 1) }
        #expect(try registry.deleteSubject("s", permanently: false) == [2])
        expect(.subjectSoftDeleted) { try registry.deleteSubject("s", permanently: false) }
        #expect(try registry.deleteSubject("s", permanently: true) == [2])
        expect(.subjectNotFound) { try registry.deleteSubject("s", permanently: true) }
        let back = try registry.register(record(a), subject: "s")
        #expect((back.id, back.version) == (1, 3), "an id is of its text for ever")
    }

    @Test("references are resolved, and what is named cannot be deleted")
    func references() throws {
        _ = try registry.register(record(a, name: "Part"), subject: "parts")
        let whole = SchemaDefinition(
            .avro, #"{"type": "record", "name": "Whole", "fields": [{"name": "p", "type": "Part"}]}"#,
            references: [SchemaReference(name: "Part", subject: "parts", version: 1)])
        let place = try registry.register(whole, subject: "wholes")
        #expect(try registry.referrers(to: 1, of: "parts") == [place.id])
        expect(.referenced) { try registry.deleteSubject("parts", permanently: false) }
        let lost = SchemaDefinition(
            .avro, whole.text, references: [SchemaReference(name: "Part", subject: "parts", version: 4)])
        expect(.invalidSchema) { _ = try registry.register(lost, subject: "x") }
    }

    @Test("a subject that is read-only takes nothing")
    func mode() throws {
        try registry.setMode(.readOnly, of: "s")
        expect(.notPermitted) { _ = try registry.register(record(a), subject: "s") }
        expect(nil) { _ = try registry.register(record(a), subject: "t") }
        try registry.setMode(nil, of: "s")
        expect(nil) { _ = try registry.register(record(a), subject: "s") }
    }

    @Test(
        "garbage is no schema", .timeLimit(.minutes(15)),
        arguments: [
            "", "{", "nonsense", "[]", "{\"type\":\"record\"}", "{\"type\":\"record\",\"name\":\"a b\",\"fields\":[]}",
            "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"a\",\"type\":\"A\"}]}",
            "{\"type\":\"enum\",\"symbols\":[\"A\"]}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}",
            "{\"type\":\"fixed\",\"name\":\"F\",\"size\":99999999999}", "[\"int\",\"int\"]", "[[\"int\"]]", "42",
            "null",
            String(repeating: "[", count: 100_000), String(repeating: "{\"type\":", count: 100_000),
        ])
    func garbage(_ text: String) {
        expect(.invalidSchema) { _ = try registry.register(SchemaDefinition(.avro, text), subject: "s") }
    }

    @Test("Protocol Buffers are refused, not kept unread")
    func protobuf() {
        let schema = SchemaDefinition(.protobuf, "syntax = \"proto3\";")
        expect(.invalidSchema) { _ = try registry.register(schema, subject: "s") }
    }

    @Test("an entry of the journal comes back from its bytes; other bytes are none")
    func entries() {
        let events: [RegistryEvent] = [
            .register(
                SchemaDefinition(.json, "{}", references: [SchemaReference(name: "n", subject: "p", version: 2)]),
                subject: "s"),
            .deleteVersion(3, subject: "s", permanently: true), .deleteSubject("s", permanently: false),
            .setLevel(.full, subject: "s"), .setLevel(nil, subject: "s"), .setLevel(.forward, subject: nil),
            .setMode(.readOnly, subject: nil), .setMode(nil, subject: "ü"),
        ]
        for event in events {
            let entry = RegistryEntry(event, basis: 7)
            #expect(RegistryEntry(entry.bytes) == entry)
        }
        #expect(RegistryEntry([]) == nil)
        #expect(RegistryEntry([2, 0x7b, 0x7d]) == nil)
        #expect(RegistryEntry([1, 0x7b, 0x7d]) == nil)
    }
}
