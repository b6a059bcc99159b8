/// What the scorer knows of a word, a phrase or a sign.
struct LexiconEntry: Sendable {
    /// What a word does in a sentence.
    enum Role: Sendable {
        /// Says nothing, and may begin a phrase that does.
        case none
        /// Is good or bad in itself.
        case sentiment
        /// An emoji or emoticon: good or bad whatever stands before it.
        case sign
        /// Turns what follows around: "not", "never", "hardly".
        case negator
        /// Makes what follows stronger or weaker: "very", "slightly".
        case booster
        /// Makes what follows count more than what came before: "but".
        case contrast
        /// Makes what follows count less: "although".
        case concession
        /// Makes a fault of any quality: "too".
        case excess
        /// Speaks of what is not the case: "if", "should".
        case doubt
    }

    /// How good or bad; for a booster, its factor; for a negator, what a clause weighs that denies and says nothing else ("it
    /// doesn't switch off").
    var weight: Double = 0
    /// What it does.
    var role: Role = .none
    /// How many words the longest phrase has that begins with this one; 0 when none does.
    var longestPhrase = 0
}
