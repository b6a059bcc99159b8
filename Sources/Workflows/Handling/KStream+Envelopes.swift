public import AgentOperators
import StateStores
import StreamCore
public import StreamDSL
public import Topology

/// How the agents of a block handle messages.
public struct EnvelopeOptions: Sendable {
    /// How long, how many at once, how often: as for `ask`.
    public var handling: AskOptions
    /// How often each priority gets its turn while others wait.
    public var weights: LaneWeights
    /// How many messages an agent of a task keeps waiting; then the inputs that feed it are not read.
    public var capacity: Int

    /// Options.
    public init(
        handling: AskOptions = AskOptions(), weights: LaneWeights = LaneWeights(), capacity: Int = 10_000
    ) {
        self.handling = handling
        self.weights = weights
        self.capacity = capacity
    }

    var mistake: String? {
        if weights.high < 1 || weights.normal < 1 || weights.low < 1 {
            return "'weights' must be at least 1, or a lane starves"
        }
        if capacity < 1 { return "'capacity' must be at least 1" }
        return nil
    }
}

/// The agents of a block, as a part of the topology.
public struct EnvelopeDesk: TopologyStatement {
    let name: String
    let agents: [EnvelopeAgentNodes]

    /// What the agents send, by conversation, in order.
    public var sent: KStream<String, Envelope> {
        merged(agents.map(\.sent), "\(name)-sent", Formats(key: .string, value: .envelope))
    }

    /// The audit trail, by conversation: everything that comes in and goes out, in the commits in which it does.
    public var audit: KStream<String, AuditEntry> {
        merged(agents.flatMap(\.audit), "\(name)-audit", Formats(key: .string, value: .json()))
    }

    /// The ends of the agents' chains.
    public var terminals: [Terminal] { agents.map { Terminal($0.outcomes) } }

    private func merged<Value>(
        _ streams: [KStream<String, Value>], _ name: String, _ formats: Formats<String, Value>
    ) -> KStream<String, Value> {
        let node = PlanNode(name, isNamedByUser: true, .operation("merge"), parents: streams.map(\.node)) {
            wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<String, Value>.self)
            for stream in streams { stream.receive(in: wiring, forward) }
        }
        return KStream(node: node, formats: formats)
    }
}

extension KStream where Value == Envelope {
    /// Brings the messages of a conversation into one partition, in order: see ``Envelope/conversation``.
    ///
    /// - Parameter name: names the repartition topic.
    /// - Returns: the messages under their conversations.
    public func byConversation(named name: String) -> KStream<String, Envelope> {
        rekey(named: "\(name)-key") { $0.value.conversation }.repartition(named: name, key: .string, value: .envelope)
    }
}

extension KStream where Key == String, Value == Envelope {
    /// Lets agents handle the messages that are for them, or for all, in the order of their keys and by their priority.
    ///
    /// Of one key, which ``byConversation(named:)`` makes the conversation, an agent handles one message at a time, in order;
    /// of several that could go, the more urgent goes first, but none waits for ever. A message is kept in the task's store
    /// until its handler is done; then what the handler sent, the audit trail and the end of the message are one commit.
    /// A message for an agent by name that has no handler of its type, and one whose handler fails at every try, becomes a
    /// dead letter. Agents do not get what they themselves send to all.
    ///
    /// ```swift
    /// let desk = AikaTopics.commands.stream().byConversation(named: "by-conversation").handle(named: "desk") {
    ///     EnvelopeAgent("risk") { on("ASSESS_RISK", as: Claim.self) { claim, context in … } }
    /// }
    /// desk.sent.map { ($0.value.source, $0.value) }.to(AikaTopics.events)
    /// desk.audit.to(AikaTopics.audit)
    /// ```
    ///
    /// - Parameters:
    ///   - name: names, with each agent's name, the steps and their stores `<name>-<agent>-lanes`, `-journal` and `-steps`.
    ///   - options: timeouts, tries, weights.
    ///   - agents: the agents.
    /// - Returns: a statement of the topology.
    public func handle(
        named name: String, options: EnvelopeOptions = EnvelopeOptions(),
        @EnvelopeAgentBuilder _ agents: () -> [EnvelopeAgent]
    ) -> EnvelopeDesk {
        let agents = agents()
        var mistakes = agents.flatMap(\.mistakes) + [options.mistake].compactMap(\.self)
        if agents.isEmpty { mistakes.append("it has no agents") }
        if Set(agents.map(\.name)).count < agents.count { mistakes.append("two agents have one name") }
        let errors = mistakes.map { TopologyError(.invalidSetting, "agents '\(name)': \($0)") }
        let stream = partitionedByKey(named: name, for: name)
        return EnvelopeDesk(
            name: name,
            agents: agents.map { EnvelopeAgentNodes(stream, "\(name)-\($0.name)", $0, options, errors) })
    }
}
