import EventLog
import RegistryService
import Schemas
import TestPrograms
import Testing

@Suite("The registry in the log")
struct EmbeddedRegistryTests {
    private func record(_ name: String, _ fields: String = #"{"name": "a", "type": "int"}"#) -> SchemaDefinition {
        SchemaDefinition(.avro, #"{"type": "record", "name": "\#(name)", "fields": [\#(fields)]}"#)
    }

    @Test("what one process registers another finds, in the same file, also after a restart")
    func shared() throws {
        let folder = try TemporaryFolder()
        let first = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: folder.path))
        let second = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: folder.path))
        #expect(try second.subjects(includingDeleted: true).isEmpty, "nothing is made before something is registered")
        let place = try first.register(record("A"), subject: "a-value")
        #expect(try second.version(nil, of: "a-value") == place)
        try second.setLevel(CompatibilityLevel.none, of: "a-value")
        #expect(try first.level(of: "a-value", orDefault: false) == .none)
        let third = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: folder.path))
        #expect(try third.schema(id: place.id) == place.definition)
    }

    @Test(
        "registries that register at once agree on ids: none is given twice, one text has one", .timeLimit(.minutes(15))
    )
    func race() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        let rounds = 20
        let found = try await withThrowingTaskGroup(of: [String: Int32].self) { group in
            for writer in 0..<4 {
                group.addTask {
                    try await OwnRegistryThread.run {
                        let registry = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: path))
                        var ids: [String: Int32] = [:]
                        for round in 0..<rounds {
                            let own = SchemaDefinition(
                                .avro, #"{"type": "fixed", "name": "W\#(writer)R\#(round)", "size": 1}"#)
                            ids["w\(writer)r\(round)"] = try registry.register(own, subject: "w\(writer)r\(round)").id
                            let common = SchemaDefinition(.avro, #"{"type": "fixed", "name": "C\#(round)", "size": 1}"#)
                            ids["c\(round)"] = try registry.register(common, subject: "c\(round)").id
                        }
                        return ids
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for round in 0..<rounds {
            let ids = Set(found.compactMap { $0["c\(round)"] })
            #expect(ids.count == 1)
        }
        let all = found.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        #expect(Set(all.values).count == rounds * 5)
        #expect(all.values.max() == Int32(rounds * 5), "ids have no gaps")
        let registry = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: path))
        for (subject, id) in all { #expect(try registry.version(nil, of: subject).id == id) }
    }

    @Test("of two that go on from one version to incompatible ones at once, one is refused", .timeLimit(.minutes(15)))
    func conflict() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        let log = try EmbeddedEventLog(dataDirectory: path)
        _ = try EmbeddedSchemaRegistry(log: log).register(record("R"), subject: "s")
        let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
            for type in ["int", "string", "boolean"] {
                group.addTask {
                    try await OwnRegistryThread.run {
                        let registry = EmbeddedSchemaRegistry(log: try EmbeddedEventLog(dataDirectory: path))
                        let fields =
                            #"{"name": "a", "type": "int"}, {"name": "b", "type": ["null", "\#(type)"], "default": null}"#
                        try registry.setLevel(.backward, of: "other-\(type)")
                        let schema = SchemaDefinition(
                            .avro, #"{"type": "record", "name": "R", "fields": [\#(fields)]}"#)
                        do {
                            _ = try registry.register(schema, subject: "s")
                            return true
                        } catch let error as SchemaRegistryError {
                            return error.code != .incompatible
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let accepted = outcomes.filter { $0 }
        #expect(accepted.count == 1)
        #expect(try EmbeddedSchemaRegistry(log: log).versions(of: "s", includingDeleted: true) == [1, 2])
    }

    @Test("a topic that another registry writes, or of several partitions, is refused with what to do")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let log = try EmbeddedEventLog(dataDirectory: folder.path)
        try log.createTopic(TopicSpecification("_schemas", partitions: 3))
        let many = #expect(throws: SchemaRegistryError.self) {
            try EmbeddedSchemaRegistry(log: log).subjects(includingDeleted: false)
        }
        #expect(many?.description.contains("3 partitions") == true)
    }
}
