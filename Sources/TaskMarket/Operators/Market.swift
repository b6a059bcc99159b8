public import StreamCore
public import Topology

/// A market for tasks: requesters ask, providers bid, executors work, and the market itself decides what counts.
///
/// A value that says what topics are called, how messages are written and what holds. The roles are operators made of it; each
/// can run in an application of its own or with others in one.
///
/// ```swift
/// let market = Market("market", rules: MarketRules(bidding: .minutes(2)))
/// try StreamTopology("market") { market.mediator() }
/// try StreamTopology("analysts") { market.provider("agent-002", policy: .original) }
/// ```
///
/// Topics of its own: `<name>-commands` (to it), `<name>-work` (to executors), `<name>-audit` (everything that happened). All
/// are keyed by the task and must have as many partitions as the three of the original.
public struct Market: Sendable {
    /// Names its topics and stores, and is who announces.
    public let name: String
    /// What holds for every task.
    public var rules: MarketRules
    /// What the original's topics are called.
    public var topics: MarketTopics
    /// How the original's messages are written.
    public var format: MarketFormat

    /// A market.
    public init(
        _ name: String, rules: MarketRules = MarketRules(), topics: MarketTopics = .original, format: MarketFormat
    ) {
        self.name = name
        self.rules = rules
        self.topics = topics
        self.format = format
    }

    /// Requests, by task.
    public var requests: Topic<String, TaskRequest> { Topic(topics.requests, key: .string, value: format.request) }

    /// What providers and executors say, by task.
    public var responses: Topic<String, TaskResponse> { Topic(topics.responses, key: .string, value: format.response) }

    /// What requesters and providers say to each other, by task.
    public var negotiations: Topic<String, NegotiationMessage> {
        Topic(topics.negotiations, key: .string, value: format.negotiation)
    }

    /// What counts, said by the market, by task.
    public var announcements: Topic<String, TaskResponse> {
        Topic(topics.announcements ?? topics.responses, key: .string, value: format.response)
    }

    /// What executors and requesters ask of the market, by task.
    public var commands: Topic<String, MarketCommand> { Topic("\(name)-commands", key: .string, value: .json()) }

    /// What executors are told, by task.
    public var work: Topic<String, WorkNotice> { Topic("\(name)-work", key: .string, value: .json()) }

    /// Everything that happened, by task.
    public var audit: Topic<String, MarketEvent> { Topic("\(name)-audit", key: .string, value: .json()) }

    /// All topics, for making them with equal partition counts.
    public var topicNames: [String] {
        let own = [requests.name, responses.name, negotiations.name, commands.name, work.name, audit.name]
        return own + (topics.announcements.map { [$0] } ?? [])
    }

    /// The store that has the state of every task.
    public var taskStore: StoreDefinition<String, MarketTask> {
        .keyValue("\(name)-tasks", key: .string, value: .json(), ttl: rules.retention)
    }

    /// What is wrong with it, in words; nil when nothing is.
    var mistake: TopologyError? {
        rules.mistake.map { TopologyError(.invalidSetting, "market '\(name)': \($0)") }
    }
}
