/// How many reviews of one product leaned which way, in one window.
struct Total: Codable, Sendable, Hashable {
    /// Reviews that praise.
    var positive: Int64 = 0
    /// Reviews that complain.
    var negative: Int64 = 0
    /// Reviews that do neither, or both alike.
    var neutral: Int64 = 0
    /// All of them.
    var count: Int64 = 0

    /// Counts one more review.
    mutating func add(_ sentiment: Sentiment) {
        // Without a trap: a total that was damaged on disk must not stop the pipeline.
        switch sentiment {
        case .positive: positive &+= 1
        case .negative: negative &+= 1
        case .neutral: neutral &+= 1
        }
        count &+= 1
    }

    /// Counts one more assessed review.
    mutating func add(_ assessment: Assessment) { add(assessment.sentiment) }
}
