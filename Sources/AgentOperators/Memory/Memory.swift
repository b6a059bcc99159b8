public import MemoryIndex
import StateStores
import StreamCore
public import StreamDSL
public import Topology

/// A memory: items by session, kept in the state of the application that owns it, changed by its topology and by commands.
///
/// A value; declare it once and give it to every step that uses it.
///
/// ```swift
/// let notes = Memory("notes", limits: MemoryLimits(ttl: .days(90)))
/// let topology = try StreamTopology("chat") {
///     messages.stream()
///         .remember(in: notes, named: "keep") { MemoryDraft(text: $0.value) }
///         .recall(from: notes, named: "look-up") { .keyword($0.value, limit: 5) }
///         .to(enriched)
///     notes.changes().to(audit)
/// }
/// ```
///
/// A session belongs to one task, the one that owns its key's partition: it alone writes, so that everybody sees one order.
public struct Memory: Sendable {
    /// The memory's name: names its stores, its changelogs and the topic of its commands.
    public let name: String
    /// How much a session may hold, and how long.
    public let limits: MemoryLimits
    /// What makes vectors of texts; nil when the memory is not searched by meaning.
    public let embedding: (any EmbeddingSource)?
    /// The step that owns the stores; a step of your own that uses ``store(in:)`` names it among its controls.
    public let node: PlanNode
    /// How many bytes of derived indexes a task keeps, for the sessions that were searched last.
    let indexBytes: Int
    let asking: AskOptions

    /// A memory called `name`.
    ///
    /// - Parameters:
    ///   - name: names the stores, the changelogs and the topic of commands; changing it abandons what it holds.
    ///   - limits: how much a session may hold, and how long.
    ///   - commands: whether others may change it through a topic of its name, which must exist, with as many partitions as
    ///     the streams that are remembered in it.
    ///   - embedding: what makes vectors of texts, for searches by meaning; nil for none.
    ///   - asking: how an embedding source that waits is asked.
    ///   - indexBytes: how many bytes of derived indexes a task keeps; the sessions that were searched last stay.
    public init(
        _ name: String, limits: MemoryLimits = MemoryLimits(), commands: Bool = true,
        embedding: (any EmbeddingSource)? = nil, asking: AskOptions = AskOptions(delivery: .eager),
        indexBytes: Int = 128 << 20
    ) {
        self.name = name
        self.limits = limits
        self.embedding = embedding
        self.asking = asking
        self.indexBytes = indexBytes
        node = MemoryOwner.node(
            MemoryParts(name: name, limits: limits, embedding: embedding, indexBytes: indexBytes), asking: asking,
            hasCommands: commands)
    }

    /// The names of its stores, for a step that declares them among those it uses.
    public var storeNames: [String] { [parts.items.specification.name, parts.sessions.specification.name] }

    /// What happens to its sessions, from now on, keyed by session: for audit, or to act on.
    public func changes() -> KStream<String, MemoryChange> {
        KStream(node: node, formats: Formats(key: .string, value: MemoryChange.serde))
    }

    /// The task's part of this memory; all steps of a task that ask for it share it.
    ///
    /// The step that asks must have ``node`` among its controls, so that it lies in the same tasks.
    ///
    /// - Throws: ``TopologyError`` when its stores are used with other types; ``StateStoreError``.
    public func store(in wiring: Wiring) throws -> MemoryStore { try parts.store(in: wiring) }

    var parts: MemoryParts {
        MemoryParts(name: name, limits: limits, embedding: embedding, indexBytes: indexBytes)
    }
}

/// What a memory's steps need to know of it.
struct MemoryParts: Sendable {
    let name: String
    let limits: MemoryLimits
    let embedding: (any EmbeddingSource)?
    let indexBytes: Int

    var items: StoreDefinition<MemoryRowKey, MemoryRow> {
        Self.store("\(name)-items", MemoryRowKey.serde, MemoryRow.serde)
    }

    var sessions: StoreDefinition<String, MemorySession> {
        Self.store("\(name)-sessions", .string, MemorySession.serde)
    }

    private static func store<Key, Value>(
        _ name: String, _ key: Serde<Key>, _ value: Serde<Value>
    ) -> StoreDefinition<Key, Value> {
        StoreDefinition(
            specification: StoreSpecification(name: name, kind: .timestampedKeyValue, key: key, value: value),
            key: key, value: value)
    }

    func store(in wiring: Wiring) throws -> MemoryStore {
        try wiring.shared("memory \(name)") {
            MemoryStore(
                self, items: try wiring.keyValueStore(items), sessions: try wiring.keyValueStore(sessions),
                context: wiring.context,
                largest: wiring.context.maxRecordBytes(of: wiring.changelogTopic(of: items.specification.name)))
        }
    }
}

/// How much a session may hold, and how long.
public struct MemoryLimits: Sendable, Hashable {
    /// How many items a session holds; the oldest go.
    public var maxItems: Int
    /// How many bytes the items of a session take, vectors included; the oldest go.
    public var maxBytes: Int
    /// How long after its timestamp an item is forgotten, unless its draft says otherwise; nil for never.
    public var ttl: Duration?

    /// Limits.
    public init(maxItems: Int = 10_000, maxBytes: Int = 64 << 20, ttl: Duration? = nil) {
        self.maxItems = maxItems
        self.maxBytes = maxBytes
        self.ttl = ttl
    }

    /// What is wrong with them, in words; nil when nothing is.
    var mistake: String? {
        if maxItems < 1 { return "'maxItems' must be at least 1" }
        if maxBytes < 1 { return "'maxBytes' must be at least 1" }
        if let ttl, ttl.milliseconds < 1 { return "'ttl' must be at least a millisecond" }
        return nil
    }
}
