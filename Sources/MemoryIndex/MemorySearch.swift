/// One way to find entries again: by recency, by words, by meaning.
///
/// An index is derived from a store, holds nothing that the store does not, and may be thrown away at any time. It belongs to
/// one thread. Entries are known by numbers that ascend with time.
public protocol MemorySearch: AnyObject {
    /// Takes an entry in; one with the same number goes.
    ///
    /// - Throws: ``MemoryIndexError``; the index then has to be rebuilt.
    func add(_ entry: IndexedEntry) throws(MemoryIndexError)

    /// Forgets the entry with this number; nothing happens when there is none.
    ///
    /// - Throws: ``MemoryIndexError``; the index then has to be rebuilt.
    func remove(_ number: Int64) throws(MemoryIndexError)

    /// Forgets every entry.
    ///
    /// - Throws: ``MemoryIndexError``; the index then has to be rebuilt.
    func removeAll() throws(MemoryIndexError)

    /// The entries that fit best, best first, at most as many as asked for.
    ///
    /// - Throws: ``MemoryIndexError``; the index then has to be rebuilt.
    func search(_ question: SearchQuestion) throws(MemoryIndexError) -> [SearchHit]

    /// How many entries can be found.
    var count: Int { get }

    /// About how many bytes the index takes.
    var estimatedBytes: Int { get }

    /// Does up to `steps` of the work that makes later searches faster; returns whether there is more.
    ///
    /// - Throws: ``MemoryIndexError``; the index then has to be rebuilt.
    func improve(upTo steps: Int) throws(MemoryIndexError) -> Bool
}

/// What an index takes in.
public struct IndexedEntry: Sendable, Hashable {
    /// Its number; later entries have larger ones.
    public var number: Int64
    /// Its words; empty when it has none.
    public var text: String
    /// What it means; nil when that is not known.
    public var vector: [Float]?

    /// An entry.
    public init(number: Int64, text: String = "", vector: [Float]? = nil) {
        self.number = number
        self.text = text
        self.vector = vector
    }
}

/// What is looked for.
public struct SearchQuestion: Sendable, Hashable {
    /// The words, for a search by words.
    public var text: String
    /// The meaning, for a search by meaning.
    public var vector: [Float]?
    /// How many entries at most.
    public var limit: Int

    /// A question.
    public init(text: String = "", vector: [Float]? = nil, limit: Int) {
        self.text = text
        self.vector = vector
        self.limit = limit
    }
}

/// An entry that was found.
public struct SearchHit: Sendable, Hashable {
    /// Its number.
    public var number: Int64
    /// How well it fits: larger is better, and only hits of one search compare.
    public var score: Double

    /// A hit.
    public init(number: Int64, score: Double) {
        self.number = number
        self.score = score
    }
}

/// Why an index failed: what it holds is not to be trusted any more, and it has to be rebuilt.
public struct MemoryIndexError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, in words.
    public let message: String

    /// An error.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { "the memory index: \(message)" }
}
