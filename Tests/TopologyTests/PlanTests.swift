import EventLog
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Plans")
struct PlanTests {
    static let input = Topic("in", key: .string, value: .int)
    static let output = Topic("out", key: .string, value: .int)

    static func topology(filter: Bool = false, store: String = "totals") throws -> StreamTopology {
        try StreamTopology("app") {
            let kept = filter ? input.stream().filter { $0.value > 0 } : input.stream()
            kept.grouped(named: "by-parity") { $0.value % 2 == 0 ? "even" : "odd" }
                .count(store: store).updates().to(output)
        }
    }

    @Test func `describe prints Kafka Streams' text`() throws {
        #expect(
            try Self.topology().plan.kafkaText == """
                Topologies:
                   Sub-topology: 0
                    Source: in (topics: [in])
                      --> by-parity-key
                    Processor: by-parity-key (stores: [])
                      --> by-parity-repartition-sink
                      <-- in
                    Sink: by-parity-repartition-sink (topic: app-by-parity-repartition)
                      <-- by-parity-key

                   Sub-topology: 1
                    Source: by-parity-repartition-source (topics: [app-by-parity-repartition])
                      --> totals
                    Processor: totals (stores: [totals])
                      --> totals.updates
                      <-- by-parity-repartition-source
                    Processor: totals.updates (stores: [])
                      --> totals.updates.to.out
                      <-- totals
                    Sink: totals.updates.to.out (topic: out)
                      <-- totals.updates


                """)
    }

    @Test func `graphs name every node, topic and store`() throws {
        for format in PlanDescription.GraphFormat.allCases {
            let text = try Self.topology().plan.graph(format)
            for name in ["by-parity-key", "app-by-parity-repartition", "totals", "out"] { #expect(text.contains(name)) }
        }
        #expect(try Self.topology().plan.graph(.mermaid).hasPrefix("flowchart TD\n"))
        #expect(try Self.topology().plan.graph(.dot).hasPrefix("digraph \"app\" {\n"))
    }

    @Test func `a filter more leaves the fingerprint alone, another store does not`() throws {
        let plain = try Self.topology().fingerprint
        let filtered = try Self.topology(filter: true).fingerprint
        let renamed = try Self.topology(store: "sums").fingerprint
        #expect(plain == filtered)
        #expect(plain != renamed)
    }

    @Test func `a repartition topic has as many partitions as its widest feeder, or what it says`() throws {
        let plan = try ExecutionPlan(try Self.topology(), external: ["in": 5, "out": 1])
        #expect(plan.partitions["app-by-parity-repartition"] == 5)
        #expect(plan.taskCounts == [5, 5])
        let explicit = try StreamTopology("app") {
            Self.input.stream().repartition(named: "again", partitions: 3).to(Self.output)
        }
        #expect(try ExecutionPlan(explicit, external: ["in": 5, "out": 1]).taskCounts == [5, 3])
    }

    @Test func `a missing source names itself`() throws {
        let topology = try Self.topology()
        let error = #expect(throws: TopologyError.self) { try ExecutionPlan(topology, external: ["out": 1]) }
        #expect(error?.code == .missingTopic)
        #expect(error?.message.contains("'in'") == true)
    }
}
