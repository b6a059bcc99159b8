import AgentOperators
public import EventLog
import StreamCore

/// The names of a Python runtime's topics, by default AutoGen-Kafka's own.
public struct AutoGenTopics: Sendable, Hashable {
    /// Messages to one agent.
    public var requests: String
    /// What came of them.
    public var responses: String
    /// Published messages.
    public var publishes: String
    /// Which types somebody hosts.
    public var registry: String
    /// Who listens to what.
    public var subscriptions: String

    /// Topics; the names that AutoGen-Kafka has unless its configuration says otherwise.
    public init(
        requests: String = "runtime_requests", responses: String = "runtime_responses",
        publishes: String = "agent_publishes", registry: String = "agent_registry",
        subscriptions: String = "agent_subscriptions"
    ) {
        self.requests = requests
        self.responses = responses
        self.publishes = publishes
        self.registry = registry
        self.subscriptions = subscriptions
    }

    /// All of them.
    public var all: [String] { [requests, responses, publishes, registry, subscriptions] }

    /// What is wrong with them, in words; nil when nothing is.
    var mistake: String? {
        if all.contains("") { return "a topic's name is empty" }
        return Set(all).count < all.count ? "topics must differ: \(all.joined(separator: ", "))" : nil
    }

    /// Makes those that do not exist, as AutoGen-Kafka's own administration does: 3 partitions, no compaction.
    ///
    /// Without this a runtime that reads them refuses to start where nobody made them. Topics that exist stay as they are.
    ///
    /// - Returns: the names of those that were made.
    /// - Throws: ``EventLogError`` when one cannot be made, with its name.
    @discardableResult
    public func createMissing(on log: any EventLog, partitions: Int32 = 3) throws(EventLogError) -> [String] {
        let known = Set(try log.topics().map(\.name))
        var made: [String] = []
        for name in all where !known.contains(name) {
            try log.createTopic(TopicSpecification(name, partitions: partitions))
            made.append(name)
        }
        return made
    }
}
