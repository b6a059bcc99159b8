import StateStores
import StreamCore

/// A connected part of a topology: nodes linked by records or by stores, cut at repartition topics.
public struct Subtopology: Sendable {
    /// Its number, in the order of its first node.
    public let number: Int32
    /// Its nodes, parents before children.
    public let nodes: [PlanNode]
    /// The stores its nodes declare.
    public var stores: [StoreDeclaration] { nodes.flatMap(\.stores) }
    /// Its source nodes, repartition sources included.
    public var sources: [PlanNode] {
        nodes.filter { node in
            switch node.role {
            case .source, .repartitionSource, .inbox: true
            default: false
            }
        }
    }

    /// Cuts what `survey` found into its connected parts.
    static func cut(_ survey: PlanSurvey) -> [Subtopology] {
        var groups = UnionFind(count: survey.nodes.count)
        var positions: [ObjectIdentifier: Int] = [:]
        var storeOwners: [String: Int] = [:]
        for (index, node) in survey.nodes.enumerated() { positions[ObjectIdentifier(node)] = index }
        for (index, node) in survey.nodes.enumerated() {
            for parent in node.parents + node.controls {
                if let other = positions[ObjectIdentifier(survey.resolve(parent))] { groups.unite(index, other) }
            }
            for store in node.stores.map(\.specification.name) + node.uses {
                if let other = storeOwners[store] { groups.unite(index, other) } else { storeOwners[store] = index }
            }
        }
        var members: [Int: [PlanNode]] = [:]
        var order: [Int] = []
        for (index, node) in survey.nodes.enumerated() {
            let root = groups.root(of: index)
            if members[root] == nil { order.append(root) }
            members[root, default: []].append(node)
        }
        return order.enumerated().map { Subtopology(number: Int32($0.offset), nodes: members[$0.element] ?? []) }
    }
}

/// Sets that grow together.
struct UnionFind {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    mutating func unite(_ left: Int, _ right: Int) {
        let (a, b) = (root(of: left), root(of: right))
        // The smaller index stays the root, so that the order of declaration decides the numbering.
        if a < b { parents[b] = a } else if b < a { parents[a] = b }
    }
}
