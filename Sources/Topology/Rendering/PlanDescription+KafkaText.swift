extension PlanDescription {
    /// The text that Kafka Streams' `Topology.describe()` prints for such a graph, with our names; existing visualisers read it.
    public var kafkaText: String {
        var text = "Topologies:\n"
        for part in subtopologies {
            text += "   Sub-topology: \(part.number)\n"
            for node in part.nodes { text += Self.kafkaText(of: node) }
            text += "\n"
        }
        for (number, table) in (globalTables ?? [:]).sorted(by: { $0.key < $1.key }).enumerated() {
            text += "   Sub-topology: \(subtopologies.count + number) for global store (will not generate tasks)\n"
            text += "    Source: \(table.key) (topics: [\(table.value)])\n      --> none\n\n"
        }
        return text
    }

    private static func kafkaText(of node: Node) -> String {
        var lines: [String] = []
        switch node.kind {
        case .source: lines.append("    Source: \(node.name) (topics: [\(node.topic ?? "")])")
        case .processor: lines.append("    Processor: \(node.name) (stores: [\(node.stores.joined(separator: ", "))])")
        case .sink: lines.append("    Sink: \(node.name) (topic: \(node.topic ?? ""))")
        }
        if node.kind != .sink {
            lines.append("      --> " + (node.successors.isEmpty ? "none" : node.successors.joined(separator: ", ")))
        }
        if node.kind != .source {
            lines.append(
                "      <-- " + (node.predecessors.isEmpty ? "none" : node.predecessors.joined(separator: ", ")))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
