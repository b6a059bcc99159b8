public import StateStores
public import StreamCore
public import Topology

/// Where a table's store is restored from.
public enum TableChangelog: Sendable, Hashable {
    /// A changelog topic of its own.
    case own
    /// The topic that the table reads: half the writing, but the topic must be compacted or keep everything.
    case source
}

extension Topic where Key: Hashable {
    /// This topic as a table, kept in a store called `store`: the latest value of each key, a null value deletes.
    ///
    /// - Parameters:
    ///   - store: names the store, its changelog, and queries.
    ///   - ttl: entries are deleted this long (in stream time) after their timestamp; nil keeps them.
    ///   - persistent: on disk, or rebuilt from the changelog at every start.
    ///   - changelog: a topic of the store's own, or this topic itself, which must then keep the last record of each key.
    /// - Returns: the table; a record of the topic is a change of it.
    @inlinable public func table(
        store: String, ttl: Duration? = nil, persistent: Bool = true, changelog: TableChangelog = .own
    ) -> KTable<Key, Value> {
        let definition =
            changelog == .own
            ? StoreDefinition.keyValue(store, key: key, value: value, persistent: persistent, ttl: ttl)
            : .keyValue(store, restoredFrom: name, key: key, value: value, persistent: persistent)
        let role = PlanNode.Role.source(
            topic: name, serdes: "\(key.description) \(value.description)", isTable: true)
        let mistakes =
            changelog == .source && ttl != nil
            ? [
                TopologyError(
                    .invalidSetting, "table '\(store)' deletes entries itself (ttl), so it needs a changelog of its own"
                )
            ]
            : []
        let node = PlanNode(name, role, stores: [StoreDeclaration(definition)], mistakes: mistakes) {
            [self] wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Change<Value>>.self)
            let (context, step) = (wiring.context, wiring.label(of: node))
            let table = try wiring.keyValueStore(definition)
            let decoder = RecordDecoder(context, step: step, key, .optional(value))
            wiring.enter(name) { raw in
                guard let record = try decoder.decode(raw) else { return }
                let change = try table.update(record.key, at: record.timestamp) { stored, timestamp in
                    let old = stored
                    stored = record.value
                    timestamp = record.timestamp
                    return Change(new: record.value, old: old)
                }
                if ttl != nil { try expire(table, context, step, forward) }
                try forward(record.with(value: change))
            }
        }
        return KTable(node: node, definition: definition)
    }

    /// Deletes what has outlived its time, a bounded number of keys a record; each deletion is a change like any other.
    @inlinable func expire(
        _ table: KeyValueStore<Key, Value>, _ context: TaskContext, _ step: String,
        _ forward: Receiver<Key, Change<Value>>
    ) throws {
        var gone: [(Key, Value)] = []
        try table.expire(now: context.streamTime, limit: 64) { gone.append(($0, $1)) }
        for (key, value) in gone {
            context.drop(at: step, reason: "expired")
            try forward(
                Record(key: key, value: Change(new: nil, old: value), timestamp: context.streamTime))
        }
    }
}
