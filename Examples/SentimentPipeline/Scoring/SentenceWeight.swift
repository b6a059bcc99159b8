/// What the clauses of one sentence weigh together, with what stands after "but" counting more.
struct SentenceWeight {
    private var earlier = 0.0
    private var current = 0.0
    private var hitsSinceTurn = 0.0
    private var hasTurned = false
    /// How many words of weight there were.
    private(set) var hits = 0.0

    /// Adds the weight of a word or phrase.
    mutating func add(_ weight: Double) {
        current += weight
        hits += 1
        hitsSinceTurn += 1
    }

    /// Notes a "but": what came before counts less.
    mutating func turn() {
        earlier = earlier * 0.5 + current
        current = 0
        hitsSinceTurn = 0
        hasTurned = true
    }

    /// What the sentence weighs; a "but" that nothing weighty follows changes nothing.
    var weight: Double {
        guard hasTurned, hitsSinceTurn > 0 else { return earlier + current }
        return earlier * 0.5 + current * 1.25
    }
}
