import StreamCore

/// A node of the logical plan: immutable, shared by identity, inert until a task installs it.
public final class PlanNode: Sendable {
    /// What a node does, as far as the plan needs to know.
    public enum Role: Sendable, Hashable {
        /// Reads a topic; `serdes` tells whether two sources of one topic agree.
        case source(topic: String, serdes: String, isTable: Bool)
        /// Reads what a repartition sink wrote.
        case repartitionSource(name: String)
        /// Reads an internal topic that anybody may write: steps of this application, other applications, tools.
        case inbox(name: String, partitions: Int32?, key: String, value: String)
        /// Anything between.
        case operation(String)
        /// Writes a topic.
        case sink(topic: String, key: String, value: String)
        /// Writes an internal topic, by key, for a source of another subtopology.
        case repartitionSink(name: String, partitions: Int32?, key: String, value: String)
    }

    /// Names the node in errors, metrics and drawings.
    public let name: String
    /// Whether the user gave the name; derived names are made unique, given ones must be.
    public let isNamedByUser: Bool
    /// What it does.
    public let role: Role
    /// The nodes it is wired to, on the side records come from.
    public let parents: [PlanNode]
    /// The nodes that bring it replies and control: it is wired to them, too, but never stops them when it is full.
    public let controls: [PlanNode]
    /// For a repartition source: the sink that feeds it through the log.
    public let feeder: PlanNode?
    /// The stores it declares.
    public let stores: [StoreDeclaration]
    /// The names of the stores it uses without declaring them.
    public let uses: [String]
    /// The global tables it looks into.
    public let globals: [GlobalTableDeclaration]
    /// The compacted topics, of one partition, in which it keeps something for others to read: `<application>-<name>`.
    public let publishes: [String]
    /// Mistakes found while the node was made; the topology reports them.
    public let mistakes: [TopologyError]
    package let install: @Sendable (Wiring, PlanNode) throws -> Void

    /// A node that a task installs by calling `install`, children before parents.
    public init(
        _ name: String, isNamedByUser: Bool = false, _ role: Role, parents: [PlanNode] = [],
        controls: [PlanNode] = [], feeder: PlanNode? = nil, stores: [StoreDeclaration] = [], uses: [String] = [],
        globals: [GlobalTableDeclaration] = [], publishes: [String] = [],
        mistakes: [TopologyError] = [],
        install: @escaping @Sendable (Wiring, PlanNode) throws -> Void
    ) {
        self.name = name
        self.isNamedByUser = isNamedByUser
        self.role = role
        self.parents = parents
        self.controls = controls
        self.feeder = feeder
        self.stores = stores
        self.uses = uses
        self.globals = globals
        self.publishes = publishes
        self.mistakes = mistakes
        self.install = install
    }
}

/// A statement of a topology: something that leaves it.
///
/// All else is found by walking upstream.
public struct Terminal: Sendable {
    /// The node at the end.
    public let node: PlanNode

    /// A statement that ends in `node`.
    public init(_ node: PlanNode) { self.node = node }
}
