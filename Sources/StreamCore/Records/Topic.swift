/// A topic with the types of its records: the only place where a topic's name meets its serdes.
///
/// ```swift
/// static let reviews = Topic("reviews", key: .string, value: .json(Review.self))
/// ```
public struct Topic<Key: Sendable, Value: Sendable>: Sendable {
    /// The topic's name in the log.
    public let name: String
    /// How its keys are written.
    public let key: Serde<Key>
    /// How its values are written.
    public let value: Serde<Value>

    /// The topic `name` with its serdes.
    public init(_ name: String, key: Serde<Key>, value: Serde<Value>) {
        self.name = name
        self.key = key
        self.value = value
    }
}
