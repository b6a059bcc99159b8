public import StreamCore

/// What asker and server agree on: the topic of the requests, what requests and replies are, and how they are written.
///
/// One value for both sides, and for clients outside of any topology:
///
/// ```swift
/// static let sentiment = RequestTopic<Review, Sentiment>("sentiment-requests")
///
/// reviews.stream().ask(sentiment, named: "score")             // in one application
/// sentiment.reply(named: "model") { review, _ in … }           // in another
/// try await client.ask(sentiment, key: "r1", review)          // anywhere
/// ```
public struct RequestTopic<Request: Sendable, Reply: Sendable>: Sendable {
    /// The topic of the requests.
    public var name: String
    /// How requests are written.
    public var request: Serde<Request>
    /// How replies are written.
    public var reply: Serde<Reply>
    /// How messages look on the wire.
    public var codec: any MessageCodec
    /// Where replies go.
    public var replies: ReplyRoute
    /// The type of the agent that is asked, where several share the topic.
    public var agent: String?
    /// The request's type name on the wire; a server refuses others.
    ///
    /// Nil says nothing and takes all.
    public var requestType: String?
    /// The reply's type name on the wire; an asker takes no other but the request's own, which some services echo.
    ///
    /// Nil says nothing and takes all.
    public var replyType: String?

    /// Requests to the topic `name`, written by these serdes.
    public init(
        _ name: String, request: Serde<Request>, reply: Serde<Reply>,
        codec: any MessageCodec = NativeMessageCodec(), replies: ReplyRoute = .asker, agent: String? = nil,
        requestType: String? = nil, replyType: String? = nil
    ) {
        self.name = name
        self.request = request
        self.reply = reply
        self.codec = codec
        self.replies = replies
        self.agent = agent
        self.requestType = requestType
        self.replyType = replyType
    }

    /// Whether a reply whose type is `type` is one that was asked for.
    func accepts(replyType type: String?) -> Bool {
        guard let replyType, let type else { return true }
        return type == replyType || type == requestType
    }
}

extension RequestTopic where Request: Codable, Reply: Codable {
    /// Native requests to the topic `name`, JSON both ways.
    public init(_ name: String, agent: String? = nil) {
        self.init(name, request: .json(), reply: .json(), agent: agent)
    }
}

extension RequestTopic where Request: Codable, Reply == EmptyReply {
    /// Native requests to the topic `name`, JSON, answered by nothing but that it is done.
    public init(_ name: String, agent: String? = nil) {
        self.init(name, request: .json(), reply: EmptyReply.standardSerde, agent: agent)
    }
}

/// Where replies to requests go.
public enum ReplyRoute: Sendable, Hashable {
    /// To the inbox that the asker names in its request: the native way.
    case asker
    /// To this topic, whoever asked: what services do that know of no other.
    case topic(String)
}

/// A reply that says nothing but that the request is done: a null value on the wire.
public struct EmptyReply: Sendable, Hashable, Codable, HasStandardSerde {
    /// The reply.
    public init() {}

    /// Written as null; read from null, and from whatever a service that cannot write null says instead.
    public static let standardSerde = Serde<EmptyReply>(
        description: "empty", writing: { _, _ in false }, reading: { _ in EmptyReply() })
}
