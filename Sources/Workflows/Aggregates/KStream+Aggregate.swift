import AgentOperators
import StateStores
public import StreamCore
public import StreamDSL
public import Topology

/// Event-sourced aggregates, as a part of the topology.
public struct AggregateFlow<
    Key: Hashable & Sendable, Event: Codable & Sendable, Rejection: Codable & Sendable
>: TopologyStatement {
    let node: PlanNode
    let key: Serde<Key>?

    /// What happens to the aggregates, under their keys, in order: write it to a topic, for it is the truth.
    public var events: KStream<Key, EventMessage<Event>> {
        KStream(node: node, label: "\(node.name).events", formats: Formats(key: key, value: .json()))
    }

    /// What became of each command, also of one that came again.
    public var outcomes: KStream<Key, CommandOutcome<Rejection>> {
        KStream(
            node: node, branch: 1, label: "\(node.name).outcomes", formats: Formats(key: key, value: .json()))
    }

    /// The aggregates' node.
    public var terminals: [Terminal] { [Terminal(node)] }
}

extension KStream where Key: Hashable {
    /// Lets event-sourced aggregates, one for each key, decide commands.
    ///
    /// A command that is new is decided on the aggregate's state; its events, the new snapshot in the store, and what became
    /// of the command are one commit. A command that comes again, by its id, says its outcome again and nothing else.
    ///
    /// ```swift
    /// let policies = commands.stream().aggregate(named: "policies", store: "policies", Policy.rules)
    /// policies.events.to(policyEvents)
    /// policies.outcomes.to(replies)
    /// ```
    ///
    /// - Parameters:
    ///   - name: names the step.
    ///   - store: names the store of ``AggregateSnapshot``s, and `<store>-commands`, which remembers commands.
    ///   - rules: what the aggregates are.
    ///   - key: how keys are stored; what the stream knows, else the type's standard, when nil.
    ///   - remember: how long, in stream time, a command is known.
    /// - Returns: a statement of the topology.
    public func aggregate<State, Command, Event, Rejection>(
        named name: String, store: String, _ rules: AggregateRules<State, Command, Event, Rejection>,
        key: Serde<Key>? = nil, remember: Duration = .days(1)
    ) -> AggregateFlow<Key, Event, Rejection> where Value == CommandMessage<Command> {
        let stream = partitionedByKey(named: name, for: name, key: key, value: .json())
        var mistakes: [TopologyError] = []
        let serde = key ?? formats.key ?? .standard
        if serde == nil {
            mistakes.append(
                TopologyError(
                    .invalidSetting,
                    "aggregate '\(name)' must write keys of type \(Key.self), which has no standard serde: pass 'key:'")
            )
        }
        let unusable = Serde<Key>(description: "missing", encode: { _, _ in }, decode: { _ in throw EmptyKey() })
        let keySerde = serde ?? unusable
        let stores = AggregateStores<Key, State, Rejection>(store, key: keySerde, remember: remember)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("aggregate-commands"), parents: [stream.node],
            stores: stores.declarations, mistakes: mistakes
        ) { wiring, node in
            let (context, step) = (wiring.context, wiring.label(of: node))
            let keeper = AggregateKeeper(
                context, step: step, rules: rules, key: keySerde,
                snapshots: try wiring.keyValueStore(stores.snapshots), known: try wiring.keyValueStore(stores.known),
                say: try wiring.downstream(of: node, carrying: Record<Key, EventMessage<Event>>.self))
            let tell = try wiring.downstream(
                of: node, branch: 1, carrying: Record<Key, CommandOutcome<Rejection>>.self)
            stream.receive(in: wiring) { record in
                let outcome: CommandOutcome<Rejection>
                do {
                    outcome = try keeper.take(record)
                } catch {
                    return try context.fail(error, at: step, .process)
                }
                try tell(record.with(value: outcome))
            }
        }
        return AggregateFlow(node: node, key: key ?? formats.key)
    }
}

/// Stands where a key cannot be read in a topology that is refused for it.
private struct EmptyKey: Error {}

extension RequestTopic where Reply: Sendable {
    /// Serves commands to event-sourced aggregates, one for each key, to whoever asks by this topic: sagas, agents, clients.
    ///
    /// The request's record key is the aggregate's. As
    /// ``StreamDSL/KStream/aggregate(named:store:_:key:remember:)``, and the reply is part of the same commit; a command
    /// that becomes a dead letter is answered by an error `failed`, one that cannot be read by `unreadable`.
    ///
    /// - Parameters:
    ///   - name: names the step.
    ///   - store: names the store of ``AggregateSnapshot``s, and `<store>-commands`, which remembers commands.
    ///   - rules: what the aggregates are.
    ///   - remember: how long, in stream time, a command is known.
    /// - Returns: a statement of the topology.
    public func aggregate<State, Command, Event, Rejection>(
        named name: String, store: String, _ rules: AggregateRules<State, Command, Event, Rejection>,
        remember: Duration = .days(1)
    ) -> AggregateFlow<String, Event, Rejection>
    where Request == CommandMessage<Command>, Reply == CommandOutcome<Rejection> {
        let requests = Topic<Bytes?, Bytes?>(self.name, key: .optional(.bytes), value: .optional(.bytes)).stream()
        let stores = AggregateStores<String, State, Rejection>(store, key: .string, remember: remember)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("aggregate-requests"), parents: [requests.node],
            stores: stores.declarations
        ) { wiring, node in
            let (context, step) = (wiring.context, wiring.label(of: node))
            let keeper = AggregateKeeper(
                context, step: step, rules: rules, key: .string,
                snapshots: try wiring.keyValueStore(stores.snapshots), known: try wiring.keyValueStore(stores.known),
                say: try wiring.downstream(of: node, carrying: Record<String, EventMessage<Event>>.self))
            let desk = AggregateDesk(
                context, step: step, topic: self,
                tell: try wiring.downstream(
                    of: node, branch: 1, carrying: Record<String, CommandOutcome<Rejection>>.self)
            ) { try keeper.take($0) }
            requests.receive(in: wiring) { try desk.take($0) }
        }
        return AggregateFlow(node: node, key: .string)
    }
}
