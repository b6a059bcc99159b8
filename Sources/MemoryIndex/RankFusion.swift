/// Makes one ranking of several whose scores do not compare: reciprocal rank fusion.
public enum RankFusion {
    /// What keeps the first few ranks from deciding everything; 60 is what is used everywhere.
    private static let damping = 60.0

    /// The best of several rankings together.
    ///
    /// - Parameters:
    ///   - rankings: hits, best first, each with what its ranking counts for.
    ///   - limit: how many hits at most.
    /// - Returns: hits, best first; of equals the later entry first.
    public static func merge(_ rankings: [(hits: [SearchHit], weight: Double)], limit: Int) -> [SearchHit] {
        var scores: [Int64: Double] = [:]
        for (hits, weight) in rankings {
            for (rank, hit) in hits.enumerated() {
                scores[hit.number, default: 0] += weight / (damping + Double(rank + 1))
            }
        }
        let ordered = scores.sorted { ($0.value, $0.key) > ($1.value, $1.key) }
        return ordered.prefix(max(0, limit)).map { SearchHit(number: $0.key, score: $0.value) }
    }
}
