public import StateStores
public import StreamCore
public import Topology

extension KStream where Key: Hashable {
    /// Groups by the key the records have; after a key change, through a repartition topic.
    ///
    /// The topic takes the name of the step that changed the key, else the store's.
    public func grouped() -> KGroupedStream<Key, Value> { KGroupedStream(stream: self) }
}

extension KStream {
    /// Groups by a new key, through a repartition topic called `name`.
    ///
    /// ```swift
    /// reviews.stream().grouped(named: "by-product") { $0.value.product }.count(store: "reviews-per-product")
    /// ```
    ///
    /// - Parameters:
    ///   - name: names the repartition topic.
    ///   - keySerde: how the new keys are written; the type's standard when nil.
    ///   - valueSerde: how values are written in the topic; what the stream knows, else the type's standard, when nil.
    ///   - key: gives each record its group.
    /// - Returns: the groups, to be aggregated or cut into windows.
    @inlinable public func grouped<NewKey: Hashable & Sendable>(
        named name: String, key keySerde: Serde<NewKey>? = nil, value valueSerde: Serde<Value>? = nil,
        by key: @escaping @Sendable (Record<Key, Value>) throws -> NewKey
    ) -> KGroupedStream<NewKey, Value> {
        KGroupedStream(
            stream: rekey(named: "\(name)-key", by: key).repartition(named: name, key: keySerde, value: valueSerde))
    }
}

/// A stream whose records are about to be aggregated by key.
public struct KGroupedStream<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let stream: KStream<Key, Value>

    @usableFromInline init(stream: KStream<Key, Value>) { self.stream = stream }

    /// Cuts each group into windows of time.
    ///
    /// - Parameter windows: how time is cut, and how long late records are waited for.
    /// - Returns: the groups cut into windows, to be aggregated.
    public func windowed(by windows: Windows) -> KWindowedStream<Key, Value> {
        KWindowedStream(stream: stream, windows: windows)
    }

    /// Counts the records of each key, in a store called `store`.
    @inlinable public func count(store: String, key: Serde<Key>? = nil) -> KTable<Key, Int> {
        aggregate(store: store, initial: 0, key: key) { count, _ in count += 1 }
    }

    /// Combines the values of each key, in a store called `store`; the first value stands as it is.
    ///
    /// - Parameters:
    ///   - store: names the store, its changelog, and queries.
    ///   - key: how keys are stored; what the stream knows, else the type's standard, when nil.
    ///   - value: how values are stored; what the stream knows, else the type's standard, when nil.
    ///   - combine: makes one of what was and a new value; when it throws, the old one stays.
    /// - Returns: the combined value of each key, as a table that changes with every record.
    @inlinable public func reduce(
        store: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value
    ) -> KTable<Key, Value> {
        folded("reduce", store: store, key: key, value: value ?? stream.formats.value) { old, new in
            guard let old else { return new }
            return try combine(old, new)
        }
    }

    /// Folds the values of each key into an aggregate, in a store called `store`.
    ///
    /// - Parameters:
    ///   - store: names the store, its changelog, and queries.
    ///   - initial: what each key starts with.
    ///   - key: how keys are stored; what the stream knows, else the type's standard, when nil.
    ///   - value: how aggregates are stored; the type's standard when nil.
    ///   - update: takes a value into the aggregate; when it throws, the aggregate is as before.
    /// - Returns: the aggregate of each key, as a table that changes with every record.
    @inlinable public func aggregate<Aggregate: Sendable>(
        store: String, initial: Aggregate, key: Serde<Key>? = nil, value: Serde<Aggregate>? = nil,
        _ update: @escaping @Sendable (inout Aggregate, Value) throws -> Void
    ) -> KTable<Key, Aggregate> {
        folded("aggregate", store: store, key: key, value: value) { old, new in
            var aggregate = old ?? initial
            try update(&aggregate, new)
            return aggregate
        }
    }

    /// What `count`, `reduce` and `aggregate` are made of: a fold into a key-value store.
    @inlinable func folded<Aggregate: Sendable>(
        _ kind: String, store: String, key: Serde<Key>?, value: Serde<Aggregate>?,
        _ fold: @escaping @Sendable (Aggregate?, Value) throws -> Aggregate
    ) -> KTable<Key, Aggregate> {
        let partitioned = stream.partitionedByKey(named: store, for: store, key: key)
        let (definition, mistakes) = StoreDefinition<Key, Aggregate>.resolving(
            store, Formats(key: key ?? stream.formats.key, value: value))
        let node = PlanNode(
            store, isNamedByUser: true, .operation(kind), parents: [partitioned.node],
            stores: [StoreDeclaration(definition)], mistakes: mistakes
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Change<Aggregate>>.self)
            let (context, step) = (wiring.context, wiring.label(of: node))
            let table = try wiring.keyValueStore(definition)
            partitioned.receive(in: wiring) { record in
                do {
                    let (change, time) = try table.update(record.key, at: record.timestamp) { value, timestamp in
                        let old = value
                        let new = try fold(old, record.value)
                        value = new
                        timestamp = max(timestamp, record.timestamp)
                        return (Change(new: new, old: old), timestamp)
                    }
                    try forward(Record(key: record.key, value: change, timestamp: time))
                } catch {
                    try context.fail(error, at: step, .process)
                }
            }
        }
        return KTable(node: node, definition: definition)
    }
}
