public import StateStores
public import StreamCore

/// A store as the user declares it: a name, types, and how it is kept.
///
/// A value; tasks make the store from it.
///
/// ```swift
/// let seen = StoreDefinition.keyValue("seen", key: .string, value: .int64)
/// ```
public struct StoreDefinition<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Name, kind and formats, as kept beside the stored state.
    public let specification: StoreSpecification
    /// How keys are written.
    public let key: Serde<Key>
    /// How values are written.
    public let value: Serde<Value>
    /// The topic that serves as changelog; nil means one of its own.
    public let sourceTopic: String?

    /// A store.
    public init(
        specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>, sourceTopic: String? = nil
    ) {
        self.specification = specification
        self.key = key
        self.value = value
        self.sourceTopic = sourceTopic
    }

    /// A key-value store whose values remember when they were written.
    ///
    /// - Parameters:
    ///   - name: names the folder, the changelog topic and the queries.
    ///   - key: how keys are written.
    ///   - value: how values are written.
    ///   - persistent: on disk, or rebuilt from the changelog at every start.
    ///   - ttl: entries are deleted this long (in stream time) after their timestamp; nil keeps them.
    /// - Returns: a definition whose changelog is a topic of its own.
    public static func keyValue(
        _ name: String, key: Serde<Key>, value: Serde<Value>, persistent: Bool = true, ttl: Duration? = nil
    ) -> StoreDefinition {
        StoreDefinition(
            specification: StoreSpecification(
                name: name, kind: .timestampedKeyValue, keySerde: key.description, valueSerde: value.description,
                isPersistent: persistent, isLogged: true, ttl: ttl),
            key: key, value: value)
    }

    /// A key-value store of the latest value for each key of `topic`, which is its changelog: nothing is written twice.
    ///
    /// - Parameters:
    ///   - name: names the folder and the queries.
    ///   - topic: the topic; it must keep at least the last record of each key.
    ///   - key: how keys are written.
    ///   - value: how values are written.
    ///   - persistent: on disk, or rebuilt from the topic at every start.
    /// - Returns: a definition without a topic of its own.
    public static func keyValue(
        _ name: String, restoredFrom topic: String, key: Serde<Key>, value: Serde<Value>, persistent: Bool = true
    ) -> StoreDefinition {
        StoreDefinition(
            specification: StoreSpecification(
                name: name, kind: .timestampedKeyValue, keySerde: key.description, valueSerde: value.description,
                isPersistent: persistent, isLogged: false, ttl: nil),
            key: key, value: value, sourceTopic: topic)
    }

    /// A store of one value for each key and window start.
    ///
    /// - Parameters:
    ///   - name: names the folder, the changelog topic and the queries.
    ///   - key: how keys are written.
    ///   - value: how values are written.
    ///   - size: how long each window is.
    ///   - retention: how long, in stream time, a window is kept after its start.
    ///   - persistent: on disk, or rebuilt from the changelog at every start.
    /// - Returns: a definition whose changelog is a topic of its own.
    public static func window(
        _ name: String, key: Serde<Key>, value: Serde<Value>, size: Duration, retention: Duration,
        persistent: Bool = true
    ) -> StoreDefinition {
        StoreDefinition(
            specification: StoreSpecification(
                name: name, kind: .window(size: size.milliseconds, retention: retention.milliseconds),
                keySerde: key.description, valueSerde: value.description, isPersistent: persistent, isLogged: true,
                ttl: nil),
            key: key, value: value)
    }
}

/// A store of the plan without its types.
public struct StoreDeclaration: Sendable, Hashable {
    /// Name, kind and formats.
    public let specification: StoreSpecification
    /// The topic that serves as changelog; nil means one of its own.
    public let sourceTopic: String?

    /// The declaration of `definition`.
    public init<Key, Value>(_ definition: StoreDefinition<Key, Value>) {
        specification = definition.specification
        sourceTopic = definition.sourceTopic
    }
}
