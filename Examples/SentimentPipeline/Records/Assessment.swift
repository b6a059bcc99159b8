/// What an agent makes of a text: which way it leans, and how far.
struct Assessment: Codable, Sendable, Hashable {
    /// Which way the text leans.
    var sentiment: Sentiment
    /// How far: -1 as bad as can be, 0 undecided, 1 as good as can be.
    var score: Double
}
