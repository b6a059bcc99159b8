extension PlanDescription {
    /// How to draw a graph.
    public enum GraphFormat: String, Sendable, CaseIterable {
        /// Mermaid's flowchart text.
        case mermaid
        /// Graphviz's DOT text.
        case dot
    }

    /// The graph as text for a drawing tool: nodes in their subtopologies, topics and stores beside them.
    public func graph(_ format: GraphFormat) -> String {
        switch format {
        case .mermaid: mermaid
        case .dot: dot
        }
    }

    /// Everything that is drawn, with an identifier for each.
    private struct Drawing {
        var identifiers: [String: String] = [:]

        mutating func identifier(_ prefix: String, _ name: String) -> String {
            let key = "\(prefix) \(name)"
            if let known = identifiers[key] { return known }
            let new = "\(prefix)\(identifiers.count)"
            identifiers[key] = new
            return new
        }
    }

    private struct Edge {
        let from: String
        let to: String
        let isData: Bool
    }

    private var mermaid: String {
        var drawing = Drawing()
        var text = "flowchart TD\n"
        for part in subtopologies {
            text += "    subgraph s\(part.number)[\"sub-topology \(part.number)\"]\n"
            for node in part.nodes {
                let identifier = drawing.identifier("n", node.name)
                text += "        \(identifier)[\"\(Self.mermaidText(Self.title(node)))\"]\n"
            }
            text += "    end\n"
        }
        for topic in drawnTopics { text += "    \(drawing.identifier("t", topic))[/\"\(Self.mermaidText(topic))\"/]\n" }
        for store in stores.keys.sorted() {
            text += "    \(drawing.identifier("k", store))[(\"\(Self.mermaidText(store))\")]\n"
        }
        for edge in edges(&drawing) { text += "    \(edge.from) \(edge.isData ? "-->" : "-.-") \(edge.to)\n" }
        return text
    }

    private var dot: String {
        var drawing = Drawing()
        var text =
            "digraph \(Self.dotText(application)) {\n    rankdir=TB;\n    node [shape=box, fontname=\"Helvetica\"];\n"
        for part in subtopologies {
            text += "    subgraph cluster_\(part.number) {\n        label=\"sub-topology \(part.number)\";\n"
            for node in part.nodes {
                text += "        \(drawing.identifier("n", node.name)) [label=\(Self.dotText(Self.title(node)))];\n"
            }
            text += "    }\n"
        }
        for topic in drawnTopics {
            text += "    \(drawing.identifier("t", topic)) [label=\(Self.dotText(topic)), shape=cds];\n"
        }
        for store in stores.keys.sorted() {
            text += "    \(drawing.identifier("k", store)) [label=\(Self.dotText(store)), shape=cylinder];\n"
        }
        for edge in edges(&drawing) {
            text += "    \(edge.from) -> \(edge.to)\(edge.isData ? "" : " [style=dashed, arrowhead=none]");\n"
        }
        return text + "}\n"
    }

    private var drawnTopics: [String] {
        Set(subtopologies.flatMap(\.nodes).compactMap(\.topic)).sorted()
    }

    private func edges(_ drawing: inout Drawing) -> [Edge] {
        var edges: [Edge] = []
        for node in subtopologies.flatMap(\.nodes) {
            let identifier = drawing.identifier("n", node.name)
            if let topic = node.topic {
                let topic = drawing.identifier("t", topic)
                edges.append(
                    node.kind == .source
                        ? Edge(from: topic, to: identifier, isData: true)
                        : Edge(from: identifier, to: topic, isData: true))
            }
            for next in node.successors {
                edges.append(Edge(from: identifier, to: drawing.identifier("n", next), isData: true))
            }
            for store in node.stores {
                edges.append(Edge(from: identifier, to: drawing.identifier("k", store), isData: false))
            }
        }
        return edges
    }

    private static func title(_ node: Node) -> String {
        node.name.hasSuffix(node.operation) || node.kind != .processor
            ? node.name : "\(node.name) (\(node.operation))"
    }

    private static func mermaidText(_ text: String) -> String {
        String(text.flatMap { $0 == "\"" ? Array("#quot;") : [$0] })
    }

    private static func dotText(_ text: String) -> String {
        "\"" + String(text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }) + "\""
    }
}
