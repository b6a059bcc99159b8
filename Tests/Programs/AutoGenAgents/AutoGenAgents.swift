import AgentOperators
import AutoGenKafka
import Schemas
import StreamCore
import StreamDSL

/// Agents that Python calls, as a process that a test kills: each counts what it was asked.
@main struct AutoGenAgents: StreamApplication {
    struct Text: Codable, Sendable { var text: String }
    struct Count: Codable, Sendable { var count = 0 }

    var summary: String { "answers AutoGen's requests, while somebody kills it" }

    var topology: StreamTopology {
        get throws {
            let team = agents(named: "team", partitions: 2) {
                AgentType("echo", initial: { _ in Count() }) {
                    on(Text.self) { message, count, _ in
                        try await Task.sleep(for: .milliseconds(5))
                        count.count += 1
                        return Text(text: "\(message.text) \(count.count)")
                    }
                }
            }
            return try StreamTopology("py") {
                team
                AutoGenHost(
                    of: team, on: AutoGenWire(OneSchema()), named: "host", options: AutoGenHostOptions(partitions: 2))
            }
        }
    }
}

/// A registry that knows every schema by one id.
private struct OneSchema: SchemaRegistry {
    func register(_ schema: SchemaDefinition, subject: String) -> RegisteredSchema {
        RegisteredSchema(subject: subject, version: 1, id: 1, definition: schema)
    }

    func find(_ schema: SchemaDefinition, subject: String) -> RegisteredSchema {
        register(schema, subject: subject)
    }

    func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition {
        throw SchemaRegistryError(.schemaNotFound, "no schema \(id)")
    }

    func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        throw SchemaRegistryError(.versionNotFound, "no version of '\(subject)'")
    }
}
