public import StreamCore

/// A table that every instance has in full: which topic it holds, and how its copy is made.
public struct GlobalTableDeclaration: Sendable {
    /// The table's name.
    public let name: String
    /// The topic that it holds; it is never written to.
    public let topic: String
    /// How keys and values are read, as ``Serde/description``.
    public let serdes: String
    let makeReplica: @Sendable () -> any GlobalReplica

    /// A table of the latest value for each key of `topic`.
    public init<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, topic: String, key: Serde<Key>, value: Serde<Value>
    ) {
        self.name = name
        self.topic = topic
        serdes = "\(key.description) \(value.description)"
        makeReplica = { GlobalTable(key: key, value: value) }
    }
}
