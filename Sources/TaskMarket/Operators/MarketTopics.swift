/// What a market's topics are called.
public struct MarketTopics: Sendable, Hashable {
    /// Where requests are.
    public var requests: String
    /// Where providers and executors respond.
    public var responses: String
    /// Where requesters and providers talk about prices.
    public var negotiations: String
    /// Where the market says what counts; the responses' topic when nil.
    ///
    /// Executors that listen to a topic of its own hear of awards only, and so never of a provider that comes too late.
    public var announcements: String?

    /// Names; the original's where nothing is said.
    public init(
        requests: String = "task-requests", responses: String = "task-responses",
        negotiations: String = "negotiations", announcements: String? = nil
    ) {
        self.requests = requests
        self.responses = responses
        self.negotiations = negotiations
        self.announcements = announcements
    }

    /// The original's.
    public static let original = MarketTopics()
}
