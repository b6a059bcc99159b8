import StateStores
import StreamCore

/// A dataflow graph: an immutable value that says what to compute.
///
/// A runtime runs it, a test driver tests it.
public struct StreamTopology: Sendable {
    /// The application's name: the consumer group, and the prefix of internal topics and state.
    public let name: String
    /// All nodes, parents before children, in the order of declaration.
    public let nodes: [PlanNode]
    /// What happens to records that fail.
    public let errors: ErrorPolicy
    /// The parts that share no record but through the log; a task is one partition of one of them.
    public let subtopologies: [Subtopology]
    /// The tables that every instance has in full.
    public let globalTables: [GlobalTableDeclaration]
    private let labels: [ObjectIdentifier: String]
    private let canonical: [ObjectIdentifier: PlanNode]

    /// The graph that ends in `terminals`.
    ///
    /// - Parameters:
    ///   - name: the application's name: 1-200 characters of `A-Z a-z 0-9 . _ -`.
    ///   - errors: what happens to records that fail.
    ///   - terminals: where records leave the graph; what lies upstream belongs to it.
    /// - Throws: ``TopologyError`` when names clash, nothing leaves the graph, or sources contradict each other.
    public init(_ name: String, errors: ErrorPolicy = ErrorPolicy(), terminals: [Terminal]) throws(TopologyError) {
        try NameRules.check(name, what: "application")
        var survey = PlanSurvey(application: name)
        for terminal in terminals { try survey.visit(terminal.node) }
        guard !survey.nodes.isEmpty else {
            throw TopologyError(.noSink, "nothing leaves topology '\(name)': end a stream with 'to' or 'forEach'")
        }
        try survey.checkStores()
        self.name = name
        self.errors = errors
        nodes = survey.nodes
        globalTables = survey.globals
        labels = survey.labels
        canonical = survey.canonical
        subtopologies = Subtopology.cut(survey)
    }

    /// The name of `node` in this topology: the user's, or a derived one made unique.
    public func label(of node: PlanNode) -> String { labels[ObjectIdentifier(resolve(node))] ?? node.name }

    /// The node that stands for `node`: two sources of one topic are one node.
    func resolve(_ node: PlanNode) -> PlanNode { canonical[ObjectIdentifier(node)] ?? node }

    /// The full name of the repartition topic `name`.
    public func repartitionTopic(_ name: String) -> String { "\(self.name)-\(name)-repartition" }

    /// The full name of the inbox `name`.
    public func inbox(_ name: String) -> String { "\(self.name)-\(name)" }

    /// The full name of the topic `name` in which a node keeps something for others to read.
    public func publishedTopic(_ name: String) -> String { "\(self.name)-\(name)" }

    /// The compacted topics of one partition that it makes and others read, by name.
    public var sharedTables: [String] {
        let published = nodes.flatMap(\.publishes).map(publishedTopic)
        return Set(published + globalTables.filter(\.isMadeHere).map(\.topic)).sorted()
    }

    /// The changelog topic of `store`.
    public func changelogTopic(of store: StoreDeclaration) -> String {
        store.sourceTopic ?? changelogTopic(ofStore: store.specification.name)
    }

    /// The changelog topic of the store `store` that has one of its own.
    func changelogTopic(ofStore store: String) -> String { "\(name)-\(store)-changelog" }

    /// The dead-letter topic.
    public var deadLetterTopic: String { errors.deadLetterTopic ?? "\(name)-dead-letters" }

    /// The full name of the topic that `node` reads or writes; nil when it does neither.
    public func topic(of node: PlanNode) -> String? {
        switch node.role {
        case .source(let topic, _, _), .sink(let topic, _, _): topic
        case .repartitionSource(let name), .repartitionSink(let name, _, _, _): repartitionTopic(name)
        case .inbox(let name, _, _, _): inbox(name)
        case .operation: nil
        }
    }
}
