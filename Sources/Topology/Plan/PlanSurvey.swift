import StateStores
import StreamCore

/// Walks a graph from its ends and notes what it finds; finds clashes on the way.
struct PlanSurvey {
    let application: String
    private(set) var nodes: [PlanNode] = []
    private(set) var labels: [ObjectIdentifier: String] = [:]
    private(set) var canonical: [ObjectIdentifier: PlanNode] = [:]
    private var takenNames: Set<String> = []
    private var repartitions: Set<String> = []
    private var sources: [String: PlanNode] = [:]
    private(set) var globals: [GlobalTableDeclaration] = []

    init(application: String) { self.application = application }

    /// Notes `node` and all upstream of it, parents first.
    mutating func visit(_ node: PlanNode) throws(TopologyError) {
        guard labels[ObjectIdentifier(node)] == nil, canonical[ObjectIdentifier(node)] == nil else { return }
        if let feeder = node.feeder { try visit(feeder) }
        for parent in node.parents + node.controls { try visit(parent) }
        if let mistake = node.mistakes.first { throw mistake }
        if try isSecondSource(node) { return }
        try checkInternal(node)
        for table in node.globals { try note(table) }
        labels[ObjectIdentifier(node)] = try uniqueName(for: node)
        nodes.append(node)
    }

    /// Whether `node` reads a topic that another node reads already; then that one stands for it.
    private mutating func isSecondSource(_ node: PlanNode) throws(TopologyError) -> Bool {
        guard case .source(let topic, let serdes, let isTable) = node.role else { return false }
        guard let first = sources[topic] else {
            sources[topic] = node
            return false
        }
        guard case .source(_, let firstSerdes, let firstIsTable) = first.role else { return false }
        guard isTable == firstIsTable else {
            throw TopologyError(
                .conflictingSources,
                "topic '\(topic)' is read both as a stream and as a table: read it once and use 'changes()' of the table"
            )
        }
        guard serdes == firstSerdes else {
            throw TopologyError(
                .conflictingSources, "topic '\(topic)' is read with two formats: \(firstSerdes) and \(serdes)")
        }
        guard !isTable else {
            throw TopologyError(
                .conflictingSources, "topic '\(topic)' is made a table twice: bind the first one with 'let' and use it")
        }
        canonical[ObjectIdentifier(node)] = first
        return true
    }

    /// Notes a global table; several steps may look into one, but not two tables have one name.
    private mutating func note(_ table: GlobalTableDeclaration) throws(TopologyError) {
        guard let known = globals.first(where: { $0.name == table.name }) else {
            try NameRules.check(table.name, what: "global table")
            globals.append(table)
            return
        }
        guard known.topic == table.topic, known.serdes == table.serdes else {
            throw TopologyError(.duplicateName, "two global tables are named '\(table.name)': rename one of them")
        }
    }

    private mutating func checkInternal(_ node: PlanNode) throws(TopologyError) {
        let (name, partitions, what): (String, Int32?, String)
        switch node.role {
        case .repartitionSink(let given, let count, _, _):
            (name, partitions, what) = (given, count, "repartition topic")
        case .inbox(let given, let count, _, _): (name, partitions, what) = (given, count, "inbox")
        default: return
        }
        try NameRules.check(name, what: what)
        guard repartitions.insert(name).inserted else {
            throw TopologyError(
                .duplicateName,
                "two \(what == "inbox" ? "inboxes" : "\(what)s") are named '\(name)': give each grouping or join a name of its own, or bind the repartitioned stream with 'let' and use it twice"
            )
        }
        if let partitions, partitions < 1 {
            throw TopologyError(.invalidSetting, "\(what) '\(name)' cannot have \(partitions) partitions")
        }
    }

    private mutating func uniqueName(for node: PlanNode) throws(TopologyError) -> String {
        if takenNames.insert(node.name).inserted { return node.name }
        guard !node.isNamedByUser else {
            throw TopologyError(.duplicateName, "two nodes are named '\(node.name)': rename one of them")
        }
        var number = 2
        while !takenNames.insert("\(node.name)-\(number)").inserted { number += 1 }
        return "\(node.name)-\(number)"
    }

    /// Every store is declared once and every store that is used is declared.
    func checkStores() throws(TopologyError) {
        var declared: Set<String> = []
        for store in nodes.flatMap(\.stores) {
            try NameRules.check(store.specification.name, what: "store")
            guard declared.insert(store.specification.name).inserted else {
                throw TopologyError(
                    .duplicateName, "two stores are named '\(store.specification.name)': rename one of them")
            }
        }
        for node in nodes {
            for store in node.uses where !declared.contains(store) {
                throw TopologyError(.unknownStore, "step '\(node.name)' uses store '\(store)', which nothing declares")
            }
        }
    }

    func resolve(_ node: PlanNode) -> PlanNode { canonical[ObjectIdentifier(node)] ?? node }
}
