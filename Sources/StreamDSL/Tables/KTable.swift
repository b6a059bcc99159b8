public import StateStores
public import StreamCore
public import Topology

/// A table: for each key the latest value, kept in a store, changing with every record.
public struct KTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// The node that keeps the table; its output are ``Change``s.
    public let node: PlanNode
    @usableFromInline let formats: Formats<Key, Value>
    /// Names the store.
    public let store: String
    /// Makes, for a task, what looks a key up: the value and its timestamp.
    @usableFromInline let lookUp: @Sendable (Wiring) throws -> (Key) throws -> Value?

    /// A table kept in the key-value store `definition` by `node`.
    @inlinable public init(node: PlanNode, definition: StoreDefinition<Key, Value>) {
        self.init(
            node: node, formats: Formats(key: definition.key, value: definition.value),
            store: definition.specification.name
        ) { wiring in
            let store = try wiring.keyValueStore(definition)
            return { key in try store.get(key) }
        }
    }

    /// A table whose values `lookUp` finds.
    public init(
        node: PlanNode, formats: Formats<Key, Value>, store: String,
        lookUp: @escaping @Sendable (Wiring) throws -> (Key) throws -> Value?
    ) {
        self.node = node
        self.formats = formats
        self.store = store
        self.lookUp = lookUp
    }

    /// The changes of the table as a stream: the new value, or nil where a key was deleted.
    ///
    /// One record for every update, with the update's timestamp.
    @inlinable public func changes(named name: String? = nil) -> KStream<Key, Value?> {
        let source = KStream<Key, Change<Value>>(node: node, formats: Formats(key: formats.key))
        return source.wired(
            "changes", named: name,
            formats: Formats<Key, Value?>(key: formats.key, value: formats.value.map { .optional($0) })
        ) { _, _, forward in
            { record in try forward(record.with(value: record.value.new)) }
        }
    }

    /// The new values of the table as a stream; deletions are left out.
    @inlinable public func updates(named name: String? = nil) -> KStream<Key, Value> {
        let source = KStream<Key, Change<Value>>(node: node, formats: Formats(key: formats.key))
        return source.wired("updates", named: name, formats: formats) { _, _, forward in
            { record in
                if let value = record.value.new { try forward(record.with(value: value)) }
            }
        }
    }
}
