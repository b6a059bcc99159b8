/// Adds up the weight of a text, sentence by sentence, as pieces come in.
///
/// Memory stays the same however long the text is: a clause without any punctuation is cut after 256 words.
struct TextReading {
    private static let longestClause = 256

    private let lexicon: Lexicon
    private var clause: [ClauseWord] = []
    private var sentence = SentenceWeight()
    private var total = 0.0
    private var hits = 0.0

    /// A reading that has seen nothing.
    init(lexicon: Lexicon) {
        self.lexicon = lexicon
        clause.reserveCapacity(32)
    }

    /// Reads on.
    mutating func take(_ piece: WordScanner.Piece) {
        switch piece {
        case .word(let word):
            clause.append(ClauseWord(word, in: lexicon))
            if clause.count == Self.longestClause { endClause() }
        case .pause: endClause()
        case .stop(let exclamations, let isQuestion):
            endClause()
            endSentence(exclamations: exclamations, isQuestion: isQuestion)
        }
    }

    /// Ends the text: the weight of all of it, on the scale of a single word's.
    ///
    /// Many weighty words agree more than one does, but not in proportion: the sum is divided by the root of their number.
    mutating func finish() -> Double {
        endClause()
        endSentence(exclamations: 0, isQuestion: false)
        return hits > 1 ? total / hits.squareRoot() : total
    }

    private mutating func endClause() {
        guard !clause.isEmpty else { return }
        var reading = ClauseReading(lexicon: lexicon)
        reading.read(clause, into: &sentence)
        clause.removeAll(keepingCapacity: true)
    }

    private mutating func endSentence(exclamations: Int, isQuestion: Bool) {
        var weight = sentence.weight
        weight *= 1 + 0.12 * Double(min(exclamations, 3))
        if isQuestion { weight *= 0.7 }
        total += weight
        hits += sentence.hits
        sentence = SentenceWeight()
    }
}
