/// Words and phrases that weigh the same and do the same in a sentence, written as one text for the eye.
struct WeightedWords: Sendable {
    /// How good (above zero) or bad (below) they are; for a ``LexiconEntry/Role/booster``, the factor it applies.
    let weight: Double
    /// What they do in a sentence.
    let role: LexiconEntry.Role
    /// The words, between white space; a hyphen joins the words of a phrase, except in a sign such as `:-)`.
    let words: String

    /// Words of one weight.
    init(_ weight: Double, as role: LexiconEntry.Role = .sentiment, _ words: String) {
        self.weight = weight
        self.role = role
        self.words = words
    }

    /// The entries one by one, each as the words it consists of.
    var spellings: [[String]] {
        words.split(whereSeparator: \.isWhitespace).map { spelling in
            role == .sign ? [String(spelling)] : spelling.split(separator: "-").map(String.init)
        }
    }
}
