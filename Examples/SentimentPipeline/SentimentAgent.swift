import AgentOperators
import ChatModels
import StreamDSL

/// Judges a review: by the lexicon, or by a chat model when the environment names one.
struct SentimentAgent: DefaultAgent {
    private enum Judge {
        case lexicon(LexiconScorer)
        case model(SentimentModel)
    }

    private let judge: Judge

    /// An agent as the environment wants it: see `OPENAI_BASE_URL` in the README.
    init() throws {
        if let settings = try OpenAISettings.from() {
            judge = .model(SentimentModel(settings))
        } else {
            judge = .lexicon(LexiconScorer())
        }
    }

    func handle(_ review: Review, _ context: AskContext) async throws -> ScoredReview {
        let assessment =
            switch judge {
            case .lexicon(let scorer): scorer.assess(review.text)
            case .model(let model):
                try await model.assess(
                    review.text, idempotencyKey: context.idempotencyKey, deadline: context.deadline)
            }
        return ScoredReview(product: review.product, assessment: assessment)
    }

    /// A model may take its time and stumble; the lexicon does neither.
    static let options = AskOptions(
        timeout: .seconds(60), inFlight: 64,
        retry: RetryPolicy(attempts: 5, first: .milliseconds(500), longest: .seconds(15)),
        breaker: CircuitBreaker.Settings(failures: 10, pause: .seconds(5)))
}
