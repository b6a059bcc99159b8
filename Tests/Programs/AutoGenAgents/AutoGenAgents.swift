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
                    of: team, on: AutoGenWire(InMemorySchemaRegistry()), named: "host",
                    options: AutoGenHostOptions(partitions: 2))
            }
        }
    }
}
