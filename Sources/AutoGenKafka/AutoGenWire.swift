import AgentOperators
public import Schemas
public import StreamCore

/// What a Python runtime and this application agree on: topics and schemas.
///
/// One value for every statement that speaks to that runtime:
///
/// ```swift
/// let wire = AutoGenWire(registry)
/// let team = agents(named: "team") { … }
/// team
/// AutoGenHost(of: team, on: wire, named: "python")                        // Python calls our agents
/// AutoGenCaller(for: team, on: wire, named: "callees", types: ["writer"])  // our agents call Python's
/// ```
public struct AutoGenWire: Sendable {
    /// The topics' names.
    public let topics: AutoGenTopics
    /// Where schemas' ids come from.
    public let schemas: EventSchemas

    /// A runtime's wire.
    ///
    /// - Parameters:
    ///   - registry: the schema registry, which Python's serializers need.
    ///   - topics: the topics' names.
    ///   - registersMissing: whether schemas that nobody has registered are registered.
    public init(_ registry: any SchemaRegistry, topics: AutoGenTopics = AutoGenTopics(), registersMissing: Bool = true)
    {
        self.topics = topics
        schemas = EventSchemas(registry, registersMissing: registersMissing)
    }

    /// Messages to single agents.
    public var requests: Topic<Bytes?, RequestEvent> { topic(topics.requests) }
    /// What came of them.
    public var responses: Topic<Bytes?, ResponseEvent> { topic(topics.responses) }
    /// Published messages.
    public var publishes: Topic<Bytes?, CloudEvent> { topic(topics.publishes) }
    /// Which types somebody hosts.
    public var registry: Topic<Bytes?, RegistrationEvent> { topic(topics.registry) }
    /// Who listens to what.
    public var subscriptions: Topic<Bytes?, SubscriptionEvent> { topic(topics.subscriptions) }

    private func topic<Event: AutoGenEvent>(_ name: String) -> Topic<Bytes?, Event> {
        Topic(name, key: .optional(.bytes), value: .autoGen(name, schemas))
    }
}
