public import JSON
public import StreamCore

/// One thing that a memory holds.
public struct MemoryItem: Sendable, Hashable {
    /// Its identifier: unique in its session.
    public let id: String
    /// Its place in its session: items of a session ascend in the order in which its owner took them.
    public let sequence: Int64
    /// How often an item of this identifier was written, from 1.
    public let version: Int
    /// Which life of the session it belongs to: a clear starts another.
    public let epoch: Int64
    /// What it holds.
    public let content: MemoryContent
    /// What is known about it; empty when nothing is.
    public let metadata: [String: JSONValue]
    /// When it happened.
    public let timestamp: Timestamp
    /// When it is forgotten; nil for never.
    public let expiry: Timestamp?
    /// What it means, for searches; nil when nobody made a vector.
    public let embedding: MemoryEmbedding?

    /// An item.
    public init(
        id: String, sequence: Int64, version: Int = 1, epoch: Int64, content: MemoryContent,
        metadata: [String: JSONValue] = [:], timestamp: Timestamp, expiry: Timestamp? = nil,
        embedding: MemoryEmbedding? = nil
    ) {
        self.id = id
        self.sequence = sequence
        self.version = version
        self.epoch = epoch
        self.content = content
        self.metadata = metadata
        self.timestamp = timestamp
        self.expiry = expiry
        self.embedding = embedding
    }

    /// Whether it is to be forgotten at `now`.
    public func isExpired(at now: Timestamp) -> Bool { expiry.map { $0 <= now } ?? false }
}

/// A vector with the name of the source that made it.
public struct MemoryEmbedding: Sendable, Hashable {
    /// The source's name; vectors of two sources are never compared.
    public let source: String
    /// The vector.
    public let vector: [Float]

    /// A vector of the source called `source`.
    public init(source: String, vector: [Float]) {
        self.source = source
        self.vector = vector
    }
}

/// An item that is to be added.
public struct MemoryDraft: Sendable, Hashable {
    /// Its identifier: an item whose identifier is there already is not added twice.
    ///
    /// Empty means that the record that brings it names it, by topic, partition and offset.
    public var id: String
    /// What it holds.
    public var content: MemoryContent
    /// What is known about it.
    public var metadata: [String: JSONValue]
    /// When it happened; nil means the time of the record that brings it.
    public var timestamp: Timestamp?
    /// When it is forgotten; nil means what the memory's ``MemoryLimits/ttl`` says.
    public var expiry: Timestamp?
    /// Whether it takes the place of an item with its identifier; otherwise the one that is there stays.
    public var replaces: Bool
    /// What it means; nil lets the memory's embedding source say it, if it has one.
    public var embedding: MemoryEmbedding?

    /// A draft.
    public init(
        id: String = "", _ content: MemoryContent, metadata: [String: JSONValue] = [:],
        timestamp: Timestamp? = nil, expiry: Timestamp? = nil, replaces: Bool = false,
        embedding: MemoryEmbedding? = nil
    ) {
        self.id = id
        self.content = content
        self.metadata = metadata
        self.timestamp = timestamp
        self.expiry = expiry
        self.replaces = replaces
        self.embedding = embedding
    }

    /// A draft of plain text.
    public init(id: String = "", text: String, metadata: [String: JSONValue] = [:]) {
        self.init(id: id, .text(text), metadata: metadata)
    }

    /// An identifier that nobody else has: 32 hexadecimal digits, random.
    public static func newID() -> String {
        var writer = ByteWriter(capacity: 16)
        writer.append(bigEndian: UInt64.random(in: 0 ... .max))
        writer.append(bigEndian: UInt64.random(in: 0 ... .max))
        return Bytes(writer.bytes).hex
    }

    /// The words that are searched and embedded; empty when there are none.
    var searchText: String { content.text ?? "" }
}
