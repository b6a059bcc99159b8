import AgentOperators
import StreamDSL

/// Reviews go in, an agent judges their sentiment, one-minute totals for each product come out.
@main struct SentimentPipeline: AgentApplication {
    static let reviews = Topic("reviews", key: .string, value: .json(Review.self))
    static let totals = Topic(
        "sentiment-totals", key: .windowed(.string, size: .minutes(1)), value: .json(Total.self))

    var summary: String { "scores product reviews with an agent and counts sentiments per product and minute" }

    var topology: StreamTopology {
        get throws {
            // Unusable records and failed asks go to 'sentiment-dead-letters', as the standard policy says; so do reviews
            // that come after a month, instead of being dropped.
            try StreamTopology("sentiment", errors: ErrorPolicy(stages: [:])) {
                Self.reviews.stream()
                    .filter { !$0.value.text.isEmpty }
                    .ask(SentimentAgent.self, named: "score", options: SentimentAgent.options)
                    .answers(named: "answered")
                    .grouped(named: "by-product", value: .scoredReview) { $0.value.product }
                    .windowed(by: .tumbling(.minutes(1), grace: .days(30)))
                    .aggregate(store: "totals-per-product", initial: Total(), value: .json()) { $0.add($1.assessment) }
                    .updates()
                    .to(Self.totals)
            }
        }
    }
}
