import StreamCore
import Topology

/// What the agents of a task can be told without asking the task: who is where, and what looks at messages; any thread may ask.
final class AgentDirectory: Sendable {
    let application: String
    let types: [String: AgentType]
    let interventions: Interventions
    let registry: AgentRegistry
    let clock: any WallClock
    /// What the types here listen to by declaration.
    private let declared: [AgentSubscription]

    init(
        application: String, types: [String: AgentType], interventions: Interventions, registry: AgentRegistry,
        clock: any WallClock
    ) {
        self.application = application
        self.types = types
        self.interventions = interventions
        self.registry = registry
        self.clock = clock
        declared = types.values.sorted { $0.name < $1.name }.flatMap(\.subscriptions)
    }

    /// The directory of a system as a task of the application sees it.
    convenience init(
        _ wiring: Wiring, system: String, types: [String: AgentType], _ interventions: Interventions
    ) throws {
        let table = try wiring.globals.table(Self.registryTopic(of: system), String.self, RegistryEntry.self)
        self.init(
            application: wiring.context.application, types: types, interventions: interventions,
            registry: AgentRegistry(table), clock: wiring.context.clock)
    }

    static func registryTopic(of system: String) -> String { "\(system)-registry" }

    /// The registry as every instance has it.
    static func registryTable(of system: String) -> GlobalTableDeclaration {
        let topic = registryTopic(of: system)
        return GlobalTableDeclaration(
            topic, topic: topic, key: Serde<String>.string, value: Serde<RegistryEntry>.json(), isMadeHere: true)
    }

    /// Whether somebody hosts `agent`.
    func knows(_ agent: AgentID) -> Bool {
        if let type = types[agent.type] { return type.has(agent.key) }
        return registry.route(of: agent.type, now: clock.now()) != nil
    }

    /// Who gets what `sender` publishes to `topic`: each once, the sender not at all.
    func recipients(of topic: TopicID, from sender: AgentID?) -> [AgentID] {
        (declared + registry.subscriptions(besides: application, now: clock.now()))
            .recipients(of: topic, besides: sender).filter(knows)
    }

    /// Whether `subscription` stands already.
    func has(_ subscription: AgentSubscription) -> Bool {
        types[subscription.agentType]?.subscriptions.contains(subscription) == true
            || registry.subscriptions(besides: application, now: clock.now()).contains(subscription)
    }
}

/// What a handler's sends and publications are called in its journal.
enum AgentCallKind {
    static let ask = "ask"
    static let memory = "memory"
    static let tell = "tell"
    static let publish = "publish"
    static let subscribe = "subscribe"
    static let unsubscribe = "unsubscribe"
}
