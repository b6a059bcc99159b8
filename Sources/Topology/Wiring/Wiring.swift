public import StateStores
public import StreamCore

/// One task being wired, sinks first: when a node is installed, all it forwards to is known.
///
/// The one place with casts, and it casts once a node, never once a record.
public final class Wiring {
    struct Output: Hashable {
        let node: ObjectIdentifier
        let branch: Int
    }

    /// The task's context.
    public let context: TaskContext
    /// The instance's global tables.
    public let globals: GlobalTables
    let plan: ExecutionPlan
    @usableFromInline let stores: TaskStores
    private var receivers: [Output: [Any]] = [:]
    private var madeStores: [String: any StateStore] = [:]
    private var sharedObjects: [String: AnyObject] = [:]
    private(set) var entrances: [String: (LogRecord) throws -> Void] = [:]
    private(set) var participants: [(node: PlanNode, participant: any TaskParticipant)] = []

    /// Wires the nodes of `task`'s subtopology.
    init(
        _ plan: ExecutionPlan, task: TaskID, context: TaskContext, stores: TaskStores, globals: GlobalTables
    ) throws {
        self.globals = globals
        self.plan = plan
        self.context = context
        self.stores = stores
        for node in plan.topology.subtopologies[Int(task.subtopology)].nodes.reversed() {
            try node.install(self, node)
        }
    }

    /// The name of `node` in errors, metrics and drawings.
    public func label(of node: PlanNode) -> String { plan.topology.label(of: node) }

    /// Subscribes `receiver` to one output of `node`.
    public func attach<Key, Value>(to node: PlanNode, branch: Int = 0, _ receiver: @escaping Receiver<Key, Value>) {
        let output = Output(node: ObjectIdentifier(plan.topology.resolve(node)), branch: branch)
        receivers[output, default: []].append(receiver)
    }

    /// All that is subscribed to one output of `node`, as one function; called in order of declaration.
    ///
    /// - Throws: ``TopologyError`` when a receiver expects other types: two sources of one topic whose serdes have one
    ///   name but different types.
    public func downstream<Key, Value>(
        of node: PlanNode, branch: Int = 0, carrying _: Record<Key, Value>.Type
    ) throws(TopologyError) -> Receiver<Key, Value> {
        var typed: [Receiver<Key, Value>] = []
        for receiver in receivers[Output(node: ObjectIdentifier(node), branch: branch), default: []].reversed() {
            guard let receiver = receiver as? Receiver<Key, Value> else {
                throw TopologyError(
                    .conflictingSources,
                    "'\(label(of: node))' carries \(Record<Key, Value>.self), but a step below it expects other types: read the topic with one pair of serdes"
                )
            }
            typed.append(receiver)
        }
        return Self.fanOut(typed)
    }

    private static func fanOut<Key, Value>(_ receivers: [Receiver<Key, Value>]) -> Receiver<Key, Value> {
        switch receivers.count {
        case 0: return { _ in }
        case 1: return receivers[0]
        case 2:
            let (first, second) = (receivers[0], receivers[1])
            return { record in
                try first(record)
                try second(record)
            }
        default:
            return { record in for receiver in receivers { try receiver(record) } }
        }
    }

    /// Makes `receive` the place where records of `topic` (full name) enter this task.
    public func enter(_ topic: String, _ receive: @escaping (LogRecord) throws -> Void) {
        entrances[topic] = receive
    }

    /// Gives `participant` a part in the task's life, on behalf of `node`.
    public func join(_ participant: any TaskParticipant, for node: PlanNode) {
        participants.append((node, participant))
    }

    /// How many partitions `topic` (full name) has; 1 when the plan does not know it.
    public func partitions(of topic: String) -> Int32 { plan.partitions[topic] ?? 1 }

    /// The full name of the repartition topic `name`.
    public func repartitionTopic(_ name: String) -> String { plan.topology.repartitionTopic(name) }

    /// The full name of the inbox `name`.
    public func inbox(_ name: String) -> String { plan.topology.inbox(name) }

    /// The full name of the topic `name` in which a node keeps something for others to read.
    public func publishedTopic(_ name: String) -> String { plan.topology.publishedTopic(name) }

    /// The changelog topic of the task's store `name`.
    public func changelogTopic(of name: String) -> String { plan.topology.changelogTopic(ofStore: name) }

    /// This task's key-value store `definition`, made when first asked for.
    ///
    /// Inlinable, so that the store's loops are compiled for the caller's types.
    ///
    /// - Throws: ``TopologyError`` when a store of that name has other types; ``StateStoreError``.
    @inlinable public func keyValueStore<Key, Value>(
        _ definition: StoreDefinition<Key, Value>
    ) throws -> KeyValueStore<Key, Value> {
        if let known = try made(definition.specification.name, as: KeyValueStore<Key, Value>.self) { return known }
        let store = try stores.keyValueStore(definition.specification, key: definition.key, value: definition.value)
        remember(store)
        return store
    }

    /// This task's window store `definition`, made when first asked for.
    ///
    /// Inlinable, so that the store's loops are compiled for the caller's types.
    ///
    /// - Throws: ``TopologyError`` when a store of that name has other types; ``StateStoreError``.
    @inlinable public func windowStore<Key, Value>(
        _ definition: StoreDefinition<Key, Value>
    ) throws -> WindowStore<Key, Value> {
        if let known = try made(definition.specification.name, as: WindowStore<Key, Value>.self) { return known }
        let store = try stores.windowStore(definition.specification, key: definition.key, value: definition.value)
        remember(store)
        return store
    }

    /// What the steps of this task share under `name` besides stores: made when first asked for.
    ///
    /// - Throws: ``TopologyError`` when what goes by that name is of another type; what `make` throws.
    public func shared<Shared: AnyObject>(_ name: String, _ make: () throws -> Shared) throws -> Shared {
        if let known = sharedObjects[name] {
            guard let known = known as? Shared else {
                throw TopologyError(.duplicateName, "two different things that steps share are named '\(name)'")
            }
            return known
        }
        let made = try make()
        sharedObjects[name] = made
        return made
    }

    @usableFromInline func made<Store: StateStore>(_ name: String, as _: Store.Type) throws(TopologyError) -> Store? {
        guard let known = madeStores[name] else { return nil }
        guard let store = known as? Store else {
            throw TopologyError(
                .duplicateName, "store '\(name)' is used with other types than it was declared with")
        }
        return store
    }

    @usableFromInline func remember(_ store: any StateStore) { madeStores[store.specification.name] = store }
}
