/// Weighs the words of one clause, each in the light of those before it.
struct ClauseReading {
    /// How many words a negation reaches.
    private static let negationReach = 4
    /// How many words a booster reaches.
    private static let boosterReach = 2
    /// What is left of praise for what should or could be.
    private static let doubted = 0.5

    private let lexicon: Lexicon
    private var negation = 0
    private var booster = 1.0
    private var boosterLeft = 0
    private var share = 1.0
    private var shouts = false
    private var isDoubted = false
    private var denial = 0.0
    private var hasWeight = false

    /// A reading at the start of a clause.
    init(lexicon: Lexicon) { self.lexicon = lexicon }

    /// Adds what `words` weigh to `sentence`.
    mutating func read(_ words: [ClauseWord], into sentence: inout SentenceWeight) {
        // Capitals are emphasis only where not everything is in capitals.
        shouts = words.contains { $0.isShouted } && words.contains { $0.hasLowerCase }
        var index = 0
        while index < words.count {
            let (entry, length) = longestMatch(words, at: index)
            apply(entry, words[index], isLast: index + length == words.count, to: &sentence)
            index += length
        }
        if denial != 0, !hasWeight { sentence.add(denial * share) }
    }

    /// The entry of the longest phrase that begins at `index`, or of the word alone.
    private func longestMatch(_ words: [ClauseWord], at index: Int) -> (LexiconEntry, Int) {
        let first = words[index]
        var best = (first.entry, 1)
        guard first.entry.longestPhrase > 1 else { return best }
        var hash = first.hash
        for length in 2...first.entry.longestPhrase {
            guard index + length <= words.count else { break }
            hash = WordHash.phrase(hash, words[index + length - 1].hash)
            if let entry = lexicon[hash], entry.role != .none { best = (entry, length) }
        }
        return best
    }

    private mutating func apply(
        _ entry: LexiconEntry, _ word: ClauseWord, isLast: Bool, to sentence: inout SentenceWeight
    ) {
        switch entry.role {
        case .none: age()
        case .sign:
            hasWeight = true
            sentence.add(entry.weight)
        case .sentiment:
            hasWeight = true
            if entry.weight != 0 { sentence.add(weight(entry.weight, word)) }
            age()
        case .negator:
            denial = min(denial, entry.weight)
            // "not without", "never not": the second takes the first back.
            negation = negation == Self.negationReach ? 0 : Self.negationReach
        case .booster:
            booster *= entry.weight
            boosterLeft = Self.boosterReach
        case .excess:
            hasWeight = true
            if !isLast { sentence.add(negation > 0 ? 0.3 : -1 * share) }
            age()
        case .contrast:
            sentence.turn()
            (negation, booster, share, isDoubted) = (0, 1, 1, false)
        case .concession:
            share = 0.6
            negation = 0
        case .doubt:
            isDoubted = true
            age()
        }
    }

    /// What a word weighs here.
    private mutating func weight(_ plain: Double, _ word: ClauseWord) -> Double {
        var weight = plain * share * word.emphasis
        if shouts, word.isShouted { weight *= 1.25 }
        if boosterLeft > 0 { weight *= booster }
        booster = 1
        boosterLeft = 0
        if isDoubted, weight > 0 { weight *= Self.doubted }
        guard negation > 0 else { return weight }
        return weight > 0 ? weight * -0.8 : weight * -0.5
    }

    /// Lets a word pass: negations and boosters reach only so far.
    private mutating func age() {
        if negation > 0 { negation -= 1 }
        if boosterLeft > 0 { boosterLeft -= 1 }
        if boosterLeft == 0 { booster = 1 }
    }
}
