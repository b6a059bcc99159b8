import StreamCore

/// What the agent says of a review: enough to count it.
struct ScoredReview: Sendable, Hashable {
    /// What the review is about.
    var product: String
    /// Which way it leans.
    var assessment: Assessment
}

extension Serde where Value == ScoredReview {
    /// The assessment with its length, then the product.
    static var scoredReview: Serde<ScoredReview> {
        let name = "sentiment.scored-review"
        return Serde(
            description: name,
            encode: { scored, writer in
                let assessment = try Serde<Assessment>.assessment.encode(scored.assessment) ?? .empty
                writer.append(varint: UInt64(assessment.count))
                writer.append(assessment)
                writer.append(scored.product)
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                guard let length = reader.varint().flatMap({ Int(exactly: $0) }), let assessment = reader.run(length),
                    let product = reader.run(reader.remaining)?.utf8
                else { throw SerdeError(.malformed, serde: name, reason: "cut off, or a product that is not UTF-8") }
                return ScoredReview(product: product, assessment: try Serde<Assessment>.assessment.decode(assessment))
            })
    }
}
