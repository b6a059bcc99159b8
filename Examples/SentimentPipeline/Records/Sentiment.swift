/// Which way a review leans.
enum Sentiment: String, Codable, Sendable, Hashable, CaseIterable {
    case positive
    case negative
    case neutral
}
