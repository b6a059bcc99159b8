import AgentOperators
import StreamDSL

/// The remote agent of the example RemoteSentiment: answers requests for the sentiment of a text by counting words.
///
/// Its own program with its own types: it shares two topics with whoever asks, and no code.
@main struct SentimentService: StreamApplication {
    static let requests = RequestTopic<Request, Response>(
        "agent_request", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("agent_response"),
        requestType: "SentimentRequest", replyType: "SentimentResponse")

    var summary: String { "answers requests for the sentiment of a text" }

    var topology: StreamTopology {
        get throws {
            try StreamTopology("sentiment-service") {
                Self.requests.reply(named: "sentiment", timeout: .seconds(10)) { request, _ in
                    try Response(of: request.text)
                }
            }
        }
    }
}

/// What it is asked.
struct Request: Codable, Sendable {
    let text: String
}

/// What it answers.
struct Response: Codable, Sendable {
    private static let good: Set<String> = ["good", "great", "like", "love", "loves", "perfect", "recommend", "works"]
    private static let bad: Set<String> = [
        "awful", "bad", "broke", "broken", "hate", "hates", "never", "refund", "worst",
    ]

    let sentiment: String

    /// The sentiment of `text`.
    ///
    /// - Throws: ``AgentError`` when there is nothing to judge: the asker gets it as it is.
    init(of text: String) throws {
        let words = text.lowercased().split { !$0.isLetter }.map { String($0) }
        guard !words.isEmpty else { throw AgentError("emptyText", "there are no words in '\(text)'") }
        let score = words.count { Self.good.contains($0) } - words.count { Self.bad.contains($0) }
        sentiment = score > 0 ? "positive" : score < 0 ? "negative" : "neutral"
    }
}
