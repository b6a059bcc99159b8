import StateStores
public import StreamCore
public import Topology

/// A grouped stream cut into windows, about to be aggregated by key and window.
public struct KWindowedStream<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline let stream: KStream<Key, Value>
    @usableFromInline let windows: Windows

    init(stream: KStream<Key, Value>, windows: Windows) {
        self.stream = stream
        self.windows = windows
    }

    /// Counts the records of each key and window, in a store called `store`.
    @inlinable public func count(store: String, key: Serde<Key>? = nil) -> KTable<Windowed<Key>, Int> {
        aggregate(store: store, initial: 0, key: key) { count, _ in count += 1 }
    }

    /// Combines the values of each key and window, in a store called `store`; the first value stands as it is.
    @inlinable public func reduce(
        store: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil,
        _ combine: @escaping @Sendable (Value, Value) throws -> Value
    ) -> KTable<Windowed<Key>, Value> {
        folded("reduce", store: store, key: key, value: value ?? stream.formats.value) { old, new in
            guard let old else { return new }
            return try combine(old, new)
        }
    }

    /// Folds the values of each key and window into an aggregate, in a store called `store`.
    ///
    /// A record that comes after its window's end and grace is late: it is counted with its step and dealt with by the
    /// policy's stage `late`. A result has the largest timestamp that went into it.
    ///
    /// - Parameters:
    ///   - store: names the store, its changelog, and queries.
    ///   - initial: what each window starts with.
    ///   - key: how keys are stored; what the stream knows, else the type's standard, when nil.
    ///   - value: how aggregates are stored; the type's standard when nil.
    ///   - update: takes a value into the aggregate; when it throws, the aggregate is as before.
    /// - Returns: the aggregate of each key and window, as a table that changes with every record in time.
    @inlinable public func aggregate<Aggregate: Sendable>(
        store: String, initial: Aggregate, key: Serde<Key>? = nil, value: Serde<Aggregate>? = nil,
        _ update: @escaping @Sendable (inout Aggregate, Value) throws -> Void
    ) -> KTable<Windowed<Key>, Aggregate> {
        folded("aggregate", store: store, key: key, value: value) { old, new in
            var aggregate = old ?? initial
            try update(&aggregate, new)
            return aggregate
        }
    }

    @inlinable func folded<Aggregate: Sendable>(
        _ kind: String, store: String, key: Serde<Key>?, value: Serde<Aggregate>?,
        _ fold: @escaping @Sendable (Aggregate?, Value) throws -> Aggregate
    ) -> KTable<Windowed<Key>, Aggregate> {
        let partitioned = stream.partitionedByKey(named: store, for: store, key: key)
        let (definition, mistakes) = windowStore(store, Formats(key: key ?? stream.formats.key, value: value))
        let node = PlanNode(
            store, isNamedByUser: true, .operation("\(kind)-window"), parents: [partitioned.node],
            stores: [StoreDeclaration(definition)], mistakes: mistakes
        ) { [windows] wiring, node in
            let fold = try WindowFold(
                wiring, step: wiring.label(of: node), windows: windows, store: wiring.windowStore(definition),
                forward: wiring.downstream(of: node, carrying: Record<Windowed<Key>, Change<Aggregate>>.self),
                fold: fold)
            partitioned.receive(in: wiring) { try fold.take($0) }
        }
        return table(node, definition)
    }

    @usableFromInline func table<Aggregate>(
        _ node: PlanNode, _ definition: StoreDefinition<Key, Aggregate>
    ) -> KTable<Windowed<Key>, Aggregate> {
        let key: Serde<Windowed<Key>> = .windowed(definition.key, size: .milliseconds(windows.size))
        return KTable(
            node: node, formats: Formats(key: key, value: definition.value), store: definition.specification.name
        ) { wiring in
            let store = try wiring.windowStore(definition)
            return { key in try store.get(key.key, key.start) }
        }
    }

    @usableFromInline func windowStore<Aggregate>(
        _ name: String, _ formats: Formats<Key, Aggregate>
    ) -> (definition: StoreDefinition<Key, Aggregate>, mistakes: [TopologyError]) {
        var (definition, mistakes) = StoreDefinition<Key, Aggregate>.resolving(name, formats) { key, value in
            .window(
                name, key: key, value: value, size: .milliseconds(windows.size),
                retention: .milliseconds(windows.size.addingReportingOverflow(windows.grace).partialValue))
        }
        if let mistake = windows.mistake {
            mistakes.append(TopologyError(.invalidSetting, "the windows of '\(name)': \(mistake)"))
        }
        return (definition, mistakes)
    }
}
