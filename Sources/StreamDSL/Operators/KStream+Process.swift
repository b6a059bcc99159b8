public import StateStores
public import StreamCore
public import Topology

extension KStream {
    /// The general operator: state, timers, any number of outputs, keys and values of other types.
    ///
    /// `make` runs once for each task and returns what is called with every record:
    ///
    /// ```swift
    /// stream.process(named: "first-of-each", stores: [StoreDeclaration(seen)]) { (step: ProcessorContext<String, Order>) in
    ///     let known = try step.store(seen)
    ///     return { record in
    ///         guard try known.get(record.key) == nil else { return }
    ///         try known.put(record.key, 1, at: record.timestamp)
    ///         try step.forward(record)
    ///     }
    /// }
    /// ```
    ///
    /// The result counts as having new keys; use ``processValues(named:stores:_:)`` where the key stays. Records of one key
    /// must lie in one partition if `make` keeps state by key: repartition before.
    ///
    /// - Parameters:
    ///   - name: names the step.
    ///   - stores: the stores that it declares.
    ///   - uses: the names of stores that other steps declare and this one uses.
    ///   - formats: how the new keys and values are written, if that is known.
    ///   - make: makes the receiver for a task.
    /// - Returns: what the receivers forward.
    public func process<NewKey, NewValue>(
        named name: String, stores: [StoreDeclaration] = [], uses: [String] = [],
        formats: Formats<NewKey, NewValue> = Formats(),
        _ make: @escaping @Sendable (ProcessorContext<NewKey, NewValue>) throws -> Receiver<Key, Value>
    ) -> KStream<NewKey, NewValue> {
        processed("process", name, stores, uses, formats, .changed(step: name, name: nil), make)
    }

    /// The general operator where keys stay: see ``process(named:stores:uses:formats:_:)``.
    ///
    /// What it forwards must have the key of the record at hand.
    public func processValues<NewValue>(
        named name: String, stores: [StoreDeclaration] = [], uses: [String] = [],
        _ make: @escaping @Sendable (ProcessorContext<Key, NewValue>) throws -> Receiver<Key, Value>
    ) -> KStream<Key, NewValue> {
        processed("processValues", name, stores, uses, Formats(key: formats.key), partitioning, make)
    }

    private func processed<NewKey, NewValue>(
        _ kind: String, _ name: String, _ stores: [StoreDeclaration], _ uses: [String],
        _ formats: Formats<NewKey, NewValue>, _ partitioning: Partitioning,
        _ make: @escaping @Sendable (ProcessorContext<NewKey, NewValue>) throws -> Receiver<Key, Value>
    ) -> KStream<NewKey, NewValue> {
        let node = PlanNode(
            name, isNamedByUser: true, .operation(kind), parents: [node], stores: stores, uses: uses
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<NewKey, NewValue>.self)
            let step = wiring.label(of: node)
            let context = wiring.context
            let receiver = try make(ProcessorContext(wiring, step: step, stores, uses, forward: forward))
            receive(in: wiring) { record in
                do {
                    try receiver(record)
                } catch {
                    try context.fail(error, at: step, .process)
                }
            }
        }
        return KStream<NewKey, NewValue>(node: node, formats: formats, partitioning: partitioning)
    }
}

/// What a processor knows and may do: its task, its stores, timers, and the way on.
///
/// Belongs to the task's thread.
public final class ProcessorContext<Key: Sendable, Value: Sendable> {
    /// The task's context: time, headers, place, commit requests.
    public let task: TaskContext
    /// The step's name.
    public let step: String
    /// Sends a record on.
    public let forward: Receiver<Key, Value>
    private let wiring: Wiring
    private let permitted: Set<String>

    init(
        _ wiring: Wiring, step: String, _ stores: [StoreDeclaration], _ uses: [String],
        forward: @escaping Receiver<Key, Value>
    ) {
        self.wiring = wiring
        task = wiring.context
        self.step = step
        self.forward = forward
        permitted = Set(stores.map(\.specification.name) + uses)
    }

    /// The task's key-value store `definition`; call it while the processor is made.
    ///
    /// - Throws: ``TopologyError`` when the step declared no such store.
    public func store<StoreKey, StoreValue>(
        _ definition: StoreDefinition<StoreKey, StoreValue>
    ) throws -> KeyValueStore<StoreKey, StoreValue> {
        try check(definition.specification.name)
        return try wiring.keyValueStore(definition)
    }

    /// The task's window store `definition`; call it while the processor is made.
    ///
    /// - Throws: ``TopologyError`` when the step declared no such store.
    public func windowStore<StoreKey, StoreValue>(
        _ definition: StoreDefinition<StoreKey, StoreValue>
    ) throws -> WindowStore<StoreKey, StoreValue> {
        try check(definition.specification.name)
        return try wiring.windowStore(definition)
    }

    /// Calls `body` as time goes by, between records; see ``Punctuation``.
    @discardableResult
    public func schedule(
        every interval: Duration, _ kind: Punctuation.Kind, _ body: @escaping (Timestamp) throws -> Void
    ) -> Punctuation {
        task.schedule(every: interval, kind, step: step, body)
    }

    private func check(_ store: String) throws(TopologyError) {
        guard permitted.contains(store) else {
            throw TopologyError(
                .unknownStore, "step '\(step)' uses store '\(store)' without listing it in 'stores:' or 'uses:'")
        }
    }
}
