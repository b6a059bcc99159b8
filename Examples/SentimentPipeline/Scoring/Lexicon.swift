/// The words, phrases and signs that the scorer knows, found by hash.
///
/// Only hashes are kept: two words sharing one of 64 bits would share an entry, which for some thousand entries does not happen by
/// accident, and by intent changes the score of a text whose author could as well have written another word.
struct Lexicon: Sendable {
    /// Every list of this program.
    static let standard = Lexicon(
        [praise, complaint, feelings, products, places, stories, phrases, grammar, signs].flatMap { $0 })

    private var entries: [UInt64: LexiconEntry] = [:]

    /// How many words, phrases and signs there are.
    private(set) var count = 0
    /// Spellings that stand in the lists more than once; the first counts.
    private(set) var repeated: [String] = []

    /// A lexicon of `lists`; a spelling that occurs twice keeps its first meaning.
    init(_ lists: [WeightedWords]) {
        for list in lists {
            for spelling in list.spellings { add(spelling, weight: list.weight, role: list.role) }
        }
    }

    /// What is known of the word or phrase with this hash.
    subscript(hash: UInt64) -> LexiconEntry? { entries[hash] }

    private mutating func add(_ words: [String], weight: Double, role: LexiconEntry.Role) {
        guard let first = words.first else { return }
        let start = WordHash(first).value
        let key = words.dropFirst().reduce(start) { WordHash.phrase($0, WordHash($1).value) }
        if let known = entries[key], known.role != .none {
            repeated.append(words.joined(separator: "-"))
            return
        }
        entries[key, default: LexiconEntry()].weight = weight
        entries[key, default: LexiconEntry()].role = role
        count += 1
        if words.count > 1 {
            let longest = max(words.count, entries[start]?.longestPhrase ?? 0)
            entries[start, default: LexiconEntry()].longestPhrase = longest
        }
    }
}
