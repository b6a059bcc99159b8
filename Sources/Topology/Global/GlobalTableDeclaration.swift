public import StreamCore

/// A table that every instance has in full: which topic it holds, and how its copy is made.
public struct GlobalTableDeclaration: Sendable {
    /// The table's name.
    public let name: String
    /// The topic that it holds.
    public let topic: String
    /// Whether the application makes the topic, compacted and with one partition, when it does not exist.
    public let isMadeHere: Bool
    /// How keys and values are read, as ``Serde/description``.
    public let serdes: String
    let makeReplica: @Sendable () -> any GlobalReplica

    /// A table of the latest value for each key of `topic`; `isMadeHere` says whether the application makes that topic.
    public init<Key: Hashable & Sendable, Value: Sendable>(
        _ name: String, topic: String, key: Serde<Key>, value: Serde<Value>, isMadeHere: Bool = false
    ) {
        self.name = name
        self.topic = topic
        self.isMadeHere = isMadeHere
        serdes = "\(key.description) \(value.description)"
        makeReplica = { GlobalTable(key: key, value: value) }
    }
}
