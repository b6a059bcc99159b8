/// A word in its clause, with what the lexicon knows of it.
struct ClauseWord {
    /// The spelling that the lexicon knows, or the plain one.
    let hash: UInt64
    /// What the lexicon knows.
    let entry: LexiconEntry
    /// How much more it counts for being drawn out.
    let emphasis: Double
    /// Whether it is all capitals.
    let isShouted: Bool
    /// Whether it has small letters.
    let hasLowerCase: Bool

    /// Looks `word` up.
    init(_ word: WordScanner.Word, in lexicon: Lexicon) {
        isShouted = word.isShouted
        hasLowerCase = word.hasLowerCase
        emphasis = word.isDrawnOut ? 1.2 : 1
        if let known = lexicon[word.hash] {
            (hash, entry) = (word.hash, known)
        } else if word.isDrawnOut, let known = lexicon[word.shortHash] {
            (hash, entry) = (word.shortHash, known)
        } else {
            (hash, entry) = (word.hash, LexiconEntry())
        }
    }
}
