import Topology

/// A topology in layers: sources and topics above, what they feed below.
struct TopologyDrawing {
    /// A box.
    struct Item: Hashable {
        enum Kind: String {
            case topic
            case step
        }

        let kind: Kind
        let name: String
    }

    /// Boxes from left to right, layer by layer.
    private(set) var layers: [[Item]] = []
    private(set) var edges: [(from: Item, to: Item)] = []

    init(_ plan: PlanDescription) {
        var items: [Item] = []
        var known: Set<Item> = []
        func note(_ item: Item) -> Item {
            if known.insert(item).inserted { items.append(item) }
            return item
        }
        for node in plan.subtopologies.flatMap(\.nodes) {
            let step = note(Item(kind: .step, name: node.name))
            if let topic = node.topic {
                let topic = note(Item(kind: .topic, name: topic))
                edges.append(node.kind == .source ? (topic, step) : (step, topic))
            }
            for next in node.successors { edges.append((step, note(Item(kind: .step, name: next)))) }
        }
        layers = Self.arrange(items, edges)
    }

    /// Puts each box below all that feed it; what closes a circle, as inboxes do, counts for nothing.
    private static func arrange(_ items: [Item], _ edges: [(from: Item, to: Item)]) -> [[Item]] {
        let next = Dictionary(grouping: edges, by: \.from).mapValues { $0.map(\.to) }
        var order: [Item] = []
        var state: [Item: Bool] = [:]
        var forward: [(Item, Item)] = []
        // An explicit stack: a chain of operators may be long.
        for root in items where state[root] == nil {
            var stack: [(item: Item, rest: [Item])] = [(root, next[root] ?? [])]
            state[root] = false
            while var top = stack.popLast() {
                guard let child = top.rest.popLast() else {
                    state[top.item] = true
                    order.append(top.item)
                    continue
                }
                stack.append(top)
                if state[child] != false { forward.append((top.item, child)) }
                guard state[child] == nil else { continue }
                state[child] = false
                stack.append((child, next[child] ?? []))
            }
        }
        var depth: [Item: Int] = [:]
        let below = Dictionary(grouping: forward, by: { $0.0 }).mapValues { $0.map { $0.1 } }
        for item in order.reversed() {
            let own = depth[item] ?? 0
            for child in below[item] ?? [] { depth[child] = max(depth[child] ?? 0, own + 1) }
        }
        var layers: [[Item]] = Array(repeating: [], count: (depth.values.max() ?? 0) + 1)
        for item in items { layers[depth[item] ?? 0].append(item) }
        return layers.filter { !$0.isEmpty }
    }
}
