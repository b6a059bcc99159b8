public import StreamCore
public import Topology

/// A table that every instance has in full, so that any stream can be joined with it by any key, without repartitioning.
public struct GlobalKTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// What it holds and how.
    public let declaration: GlobalTableDeclaration

    /// The global table of `topic`.
    public init(_ declaration: GlobalTableDeclaration) { self.declaration = declaration }

    @usableFromInline func replica(_ wiring: Wiring) throws -> GlobalTable<Key, Value> {
        try wiring.globals.table(declaration.name, Key.self, Value.self)
    }
}

extension Topic where Key: Hashable {
    /// This topic as a table that every instance has in full and in memory: the latest value of each key.
    ///
    /// An instance starts work when its copy holds what was there at that moment, and follows the topic from then on. What a
    /// join finds therefore depends on how far the copy is: after a crash the same record may meet a newer value.
    ///
    /// - Parameter name: names the table.
    /// - Returns: the table.
    public func globalTable(named name: String) -> GlobalKTable<Key, Value> {
        GlobalKTable(GlobalTableDeclaration(name, topic: self.name, key: key, value: value))
    }
}

extension KStream {
    /// Enriches each record with the global table's value for a key that `key` takes from it; no match goes no further.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - name: names the step.
    ///   - key: the key to look up; nil means no match.
    ///   - joiner: makes one value of both.
    /// - Returns: the enriched records, with the keys and timestamps they had.
    public func join<TableKey, TableValue, NewValue>(
        _ table: GlobalKTable<TableKey, TableValue>, named name: String? = nil,
        key: @escaping @Sendable (Record<Key, Value>) throws -> TableKey?,
        _ joiner: @escaping @Sendable (Value, TableValue) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        joined("globalJoin", table, named: name, key) { value, found in
            guard let found else { return nil }
            return try joiner(value, found)
        }
    }

    /// Enriches each record with the global table's value for a key that `key` takes from it, or with nil.
    ///
    /// As ``join(_:named:key:_:)`` otherwise.
    public func leftJoin<TableKey, TableValue, NewValue>(
        _ table: GlobalKTable<TableKey, TableValue>, named name: String? = nil,
        key: @escaping @Sendable (Record<Key, Value>) throws -> TableKey?,
        _ joiner: @escaping @Sendable (Value, TableValue?) throws -> NewValue
    ) -> KStream<Key, NewValue> {
        joined("globalLeftJoin", table, named: name, key) { value, found in try joiner(value, found) }
    }

    private func joined<TableKey, TableValue, NewValue>(
        _ kind: String, _ table: GlobalKTable<TableKey, TableValue>, named name: String?,
        _ key: @escaping @Sendable (Record<Key, Value>) throws -> TableKey?,
        _ joiner: @escaping @Sendable (Value, TableValue?) throws -> NewValue?
    ) -> KStream<Key, NewValue> {
        let step = name ?? "\(label).\(kind)"
        let node = PlanNode(
            step, isNamedByUser: name != nil, .operation(kind), parents: [self.node], globals: [table.declaration]
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, NewValue>.self)
            let (context, step) = (wiring.context, wiring.label(of: node))
            let replica = try table.replica(wiring)
            func look(_ record: Record<Key, Value>) throws -> NewValue? {
                try joiner(record.value, try key(record).flatMap { replica.get($0) })
            }
            self.receive(in: wiring) { record in
                let result: NewValue?
                do {
                    result = try look(record)
                } catch {
                    result = try context.recover(error, at: step, .process) { try look(record) } ?? nil
                    if result == nil { return }
                }
                guard let result else { return context.drop(at: step, reason: "no match") }
                try forward(record.with(value: result))
            }
        }
        return KStream<Key, NewValue>(node: node, formats: Formats(key: formats.key))
    }
}
