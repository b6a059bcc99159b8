import AgentOperators
import StreamDSL

/// Asks a remote agent for the sentiment of each sentence, over two topics; knows of the agent only what is on these topics.
@main struct RemoteSentiment: StreamApplication {
    static let sentences = Topic("sentences", key: .string, value: .json(Sentence.self))
    static let sentiments = Topic("sentiments", key: .string, value: .json(Sentiment.self))

    /// The agent: requests here, responses there, each `{"id", "message_type", "message"}`.
    static let agent = RequestTopic<Sentence, Sentiment>(
        "agent_request", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("agent_response"),
        requestType: "SentimentRequest", replyType: "SentimentResponse")

    var summary: String { "asks a remote agent for the sentiment of each sentence" }

    var topology: StreamTopology {
        get throws {
            // What the agent refuses or does not answer in time goes to 'remote-sentiment-dead-letters'.
            try StreamTopology("remote-sentiment") {
                Self.sentences.stream()
                    .ask(Self.agent, named: "sentiment", timeout: .seconds(30))
                    .answers(named: "answered")
                    .to(Self.sentiments)
            }
        }
    }
}

/// What is asked.
struct Sentence: Codable, Sendable {
    let text: String
}

/// What is answered.
struct Sentiment: Codable, Sendable {
    let sentiment: String
}
