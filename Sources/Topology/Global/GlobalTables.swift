public import StreamCore

/// All global tables of an instance.
public final class GlobalTables: Sendable {
    let replicas: [(declaration: GlobalTableDeclaration, replica: any GlobalReplica)]

    /// Empty copies of what `topology` declares.
    public init(of topology: StreamTopology) {
        replicas = topology.globalTables.map { ($0, $0.makeReplica()) }
    }

    /// The copy of the table `name`.
    ///
    /// - Throws: ``TopologyError`` when there is none with these types.
    public func table<Key, Value>(_ name: String, _: Key.Type, _: Value.Type) throws(TopologyError) -> GlobalTable<
        Key, Value
    > {
        guard let table = replicas.first(where: { $0.declaration.name == name })?.replica as? GlobalTable<Key, Value>
        else { throw TopologyError(.unknownStore, "global table '\(name)' is used with other types than declared") }
        return table
    }

    /// Takes a record of `topic` in; whether a table holds that topic.
    ///
    /// - Throws: ``SerdeError`` when its bytes cannot be read.
    @discardableResult
    public func apply(_ record: LogRecord, from topic: String) throws -> Bool {
        var isKnown = false
        for (declaration, replica) in replicas where declaration.topic == topic {
            isKnown = true
            try replica.apply(record)
        }
        return isKnown
    }
}
