/// Finds entries by their words, ranked by BM25 over SQLite's FTS5.
///
/// Words are compared without case and accents. An entry fits when it holds at least one word of the question; how rare a word
/// is counts over all entries of the ``KeywordDatabase``.
public final class KeywordSearch: MemorySearch {
    private let database: KeywordDatabase
    private let slot: Int64
    /// The bytes of each entry's text: to know what is there, and about how much memory it takes.
    private var sizes: [Int64: Int32] = [:]
    private var textBytes = 0

    /// An empty index in `database`.
    ///
    /// - Throws: ``MemoryIndexError`` when the database is full.
    public init(in database: KeywordDatabase) throws(MemoryIndexError) {
        self.database = database
        slot = try database.takeSlot()
    }

    deinit { database.giveBack(slot) }

    /// How many entries have words.
    public var count: Int { sizes.count }

    /// About how many bytes it takes: the text, its index, and the list of entries.
    public var estimatedBytes: Int { textBytes * 2 + sizes.count * 80 }

    /// Takes an entry in, when it has text.
    ///
    /// - Throws: ``MemoryIndexError``.
    public func add(_ entry: IndexedEntry) throws(MemoryIndexError) {
        try remove(entry.number)
        guard !entry.text.isEmpty else { return }
        guard (0..<(1 << KeywordDatabase.numberBits)).contains(entry.number) else {
            throw MemoryIndexError("entry number \(entry.number) is beyond what a keyword index can hold")
        }
        try database.insert(row(entry.number), entry.text)
        let size = Int32(clamping: entry.text.utf8.count)
        sizes[entry.number] = size
        textBytes += Int(size)
    }

    /// Forgets an entry.
    ///
    /// - Throws: ``MemoryIndexError``.
    public func remove(_ number: Int64) throws(MemoryIndexError) {
        guard let size = sizes.removeValue(forKey: number) else { return }
        textBytes -= Int(size)
        try database.remove(row(number))
    }

    /// Forgets every entry.
    ///
    /// - Throws: ``MemoryIndexError``.
    public func removeAll() throws(MemoryIndexError) {
        sizes.removeAll()
        textBytes = 0
        try database.removeAll(slot)
    }

    /// The entries that hold words of the question, best first; none when it holds no word.
    ///
    /// - Throws: ``MemoryIndexError``.
    public func search(_ question: SearchQuestion) throws(MemoryIndexError) -> [SearchHit] {
        guard let expression = Self.expression(for: question.text), question.limit > 0 else { return [] }
        let mask = (Int64(1) << KeywordDatabase.numberBits) - 1
        return try database.search(slot, expression, limit: question.limit).map {
            SearchHit(number: $0.row & mask, score: $0.score)
        }
    }

    /// There is nothing to do.
    public func improve(upTo steps: Int) -> Bool { false }

    private func row(_ number: Int64) -> Int64 { (slot << KeywordDatabase.numberBits) | number }

    /// How many words of a question are looked for.
    private static let longestQuestion = 64

    /// FTS5's expression for "any of these words"; nothing that a person types can be syntax in it.
    static func expression(for text: String) -> String? {
        var seen: Set<String> = []
        var words: [String] = []
        for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let word = word.lowercased()
            guard seen.insert(word).inserted else { continue }
            words.append("\"\(word)\"")
            if words.count == longestQuestion { break }
        }
        return words.isEmpty ? nil : words.joined(separator: " OR ")
    }
}
