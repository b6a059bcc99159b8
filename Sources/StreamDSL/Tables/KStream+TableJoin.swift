public import StreamCore
public import Topology

extension KStream where Key: Hashable {
    /// Enriches each record with the table's value for its key; a record without one goes no further and is counted.
    ///
    /// Only the stream's records cause results, with the stream's timestamps. Stream and table must have equal numbers of
    /// partitions; after a key change the stream is repartitioned under the name of the step that changed the key, else of
    /// this one.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - name: names the step.
    ///   - joiner: makes one value of both.
    /// - Returns: the enriched records, with the keys and timestamps they had.
    @inlinable public func join<TableValue, NewValue>(
        _ table: KTable<Key, TableValue>, named name: String? = nil,
        _ joiner: @escaping @Sendable (Value, TableValue) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        joined("join", table, named: name) { value, found in
            guard let found else { return nil }
            return try joiner(value, found)
        }
    }

    /// Enriches each record with the table's value for its key, or with nil.
    ///
    /// As ``join(_:named:_:)`` otherwise.
    @inlinable public func leftJoin<TableValue, NewValue>(
        _ table: KTable<Key, TableValue>, named name: String? = nil,
        _ joiner: @escaping @Sendable (Value, TableValue?) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        joined("leftJoin", table, named: name) { value, found in try joiner(value, found) }
    }

    @inlinable func joined<TableValue, NewValue>(
        _ kind: String, _ table: KTable<Key, TableValue>, named name: String?,
        _ joiner: @escaping @Sendable (Value, TableValue?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        let step = name ?? "\(label).\(kind)"
        let partitioned = partitionedByKey(named: name, for: step)
        let node = PlanNode(
            step, isNamedByUser: name != nil, .operation(kind), parents: [partitioned.node, table.node],
            uses: [table.store]
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, NewValue>.self)
            let (context, step) = (wiring.context, wiring.label(of: node))
            let lookUp = try table.lookUp(wiring)
            partitioned.receive(in: wiring) { record in
                let result: NewValue?
                do {
                    result = try joiner(record.value, try lookUp(record.key))
                } catch {
                    result =
                        try context.recover(error, at: step, .process) {
                            try joiner(record.value, try lookUp(record.key))
                        } ?? nil
                    if result == nil { return }
                }
                guard let result else { return context.drop(at: step, reason: "no match") }
                try forward(record.with(value: result))
            }
        }
        return KStream<Key, NewValue>(node: node, formats: Formats(key: formats.key))
    }
}
