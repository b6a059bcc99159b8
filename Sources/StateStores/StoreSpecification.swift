public import StreamCore

/// What a plan declares about a store: enough to open it, and to refuse what does not fit.
public struct StoreSpecification: Sendable, Hashable, Codable {
    /// What a store is: decides the layout of its keys and values.
    public enum Kind: Sendable, Hashable, Codable {
        /// Values by key; on disk without their timestamps unless the store has a ``StoreSpecification/ttl``.
        case keyValue
        /// Values with timestamps by key.
        case timestampedKeyValue
        /// Values with timestamps by key and window start.
        ///
        /// - Parameters:
        ///   - size: how long each window is, in ms.
        ///   - retention: for how long a window is kept after its start, in ms; decides how large a segment is.
        case window(size: Int64, retention: Int64)
    }

    /// The store's name: one column family, one changelog.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// The key serde's ``Serde/description``.
    public let keySerde: String
    /// The value serde's ``Serde/description``.
    public let valueSerde: String
    /// Whether it is kept on disk; otherwise it is rebuilt from its changelog at each start.
    public let isPersistent: Bool
    /// Whether its changes go to a changelog.
    public let isLogged: Bool
    /// How long after its timestamp an entry may be expired; nil for ever.
    ///
    /// Key-value stores only.
    public let ttl: Duration?
    /// The changelog's topic, for tools; nil when the store is not logged.
    public let changelog: String?

    /// A store with these properties.
    public init(
        name: String, kind: Kind, keySerde: String, valueSerde: String, isPersistent: Bool = true,
        isLogged: Bool = true, ttl: Duration? = nil, changelog: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.keySerde = keySerde
        self.valueSerde = valueSerde
        self.isPersistent = isPersistent
        self.isLogged = isLogged
        self.ttl = ttl
        self.changelog = changelog
    }

    /// A store of these serdes.
    public init<Key: Sendable, Value: Sendable>(
        name: String, kind: Kind, key: Serde<Key>, value: Serde<Value>, isPersistent: Bool = true,
        isLogged: Bool = true, ttl: Duration? = nil, changelog: String? = nil
    ) {
        self.init(
            name: name, kind: kind, keySerde: key.description, valueSerde: value.description,
            isPersistent: isPersistent, isLogged: isLogged, ttl: ttl, changelog: changelog)
    }
}
