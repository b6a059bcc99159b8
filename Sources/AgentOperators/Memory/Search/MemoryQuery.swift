public import JSON

/// What is looked for in a session.
public struct MemoryQuery: Sendable, Hashable {
    /// The ways to look.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// What was added last.
        case recent
        /// What holds words of the text.
        case keyword
        /// What means nearly the same as the text.
        case vector
        /// Words and meaning together, and of equals the later item.
        case hybrid
    }

    /// How to look.
    public var method: Method
    /// The words, or what is meant.
    public var text: String
    /// The vector of what is meant; nil lets the memory's embedding source make it of the text.
    public var vector: [Float]?
    /// How many items at most.
    public var limit: Int
    /// Metadata that an item must have, with equal values.
    public var metadata: [String: JSONValue]

    /// A query.
    public init(
        _ method: Method, text: String = "", vector: [Float]? = nil, limit: Int = 10,
        metadata: [String: JSONValue] = [:]
    ) {
        self.method = method
        self.text = text
        self.vector = vector
        self.limit = limit
        self.metadata = metadata
    }

    /// The items that were added last, the latest first.
    public static func recent(_ limit: Int = 10) -> MemoryQuery { MemoryQuery(.recent, limit: limit) }

    /// Items with words of `text`.
    public static func keyword(_ text: String, limit: Int = 10) -> MemoryQuery {
        MemoryQuery(.keyword, text: text, limit: limit)
    }

    /// Items that mean nearly the same as `text`.
    public static func similar(to text: String, limit: Int = 10) -> MemoryQuery {
        MemoryQuery(.vector, text: text, limit: limit)
    }

    /// Items with words of `text`, or that mean nearly the same.
    public static func hybrid(_ text: String, limit: Int = 10) -> MemoryQuery {
        MemoryQuery(.hybrid, text: text, limit: limit)
    }

    /// Whether a vector is needed that is not there.
    var lacksVector: Bool { vector == nil && (method == .vector || method == .hybrid) }

    /// Whether `item` may be found.
    func admits(_ item: MemoryItem) -> Bool {
        metadata.isEmpty || metadata.allSatisfy { item.metadata[$0.key] == $0.value }
    }
}

/// An item that was found.
public struct MemoryMatch: Sendable, Hashable {
    /// The item.
    public let item: MemoryItem
    /// How well it fits: larger is better; only matches of one query compare.
    public let score: Double

    /// A match.
    public init(item: MemoryItem, score: Double) {
        self.item = item
        self.score = score
    }
}
