public import StreamCore
public import Topology

extension KStream {
    /// Calls `body` with every record and passes it on unchanged.
    ///
    /// After a crash `body` may see a record again: for counting and logging, not for effects that must happen once.
    @inlinable public func peek(
        named name: String? = nil, _ body: @escaping @Sendable (Record<Key, Value>) throws -> Void
    ) -> KStream<Key, Value> {
        operation("peek", named: name, formats: formats) { record, forward in
            try body(record)
            try forward(record)
        }
    }

    /// Calls `body` with every record and ends the stream.
    ///
    /// After a crash `body` may see a record again; use ``process(named:stores:_:)`` for what must happen once.
    @inlinable public func forEach(
        named name: String, _ body: @escaping @Sendable (Record<Key, Value>) throws -> Void
    ) -> Terminal {
        let end: KStream<Key, Value> = operation("forEach", named: name) { record, _ in try body(record) }
        return Terminal(end.node)
    }
}
