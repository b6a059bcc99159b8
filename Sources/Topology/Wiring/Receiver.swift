public import StreamCore

/// What a node does with a record, or where it sends one.
public typealias Receiver<Key, Value> = (Record<Key, Value>) throws -> Void
