import Operations
import StateStores
import StreamCore
import StreamDSL
import Topology

/// Makes the nodes of an agents block: two inboxes and the operator between them.
struct AgentsNode {
    let name: String
    let partitions: Int32
    let options: AgentOptions
    let interventions: Interventions
    let types: [AgentType]
    let memory: Memory?
    let limits: AskLimits

    init(
        _ name: String, _ partitions: Int32, _ options: AgentOptions, _ interventions: [any InterventionHandler],
        _ memory: Memory?, _ types: [AgentType]
    ) {
        self.memory = memory
        self.name = name
        self.partitions = partitions
        self.options = options
        self.interventions = Interventions(handlers: interventions)
        self.types = types
        limits = AskLimits(options.handling)
    }

    private var inbox: String { "\(name)-inbox" }
    private var control: String { "\(name)-control" }
    private var byName: [String: AgentType] { Dictionary(types.map { ($0.name, $0) }) { first, _ in first } }

    private var journal: StoreDefinition<Int64, AskEntry> { .askJournal("\(name)-journal") }
    private var steps: StoreDefinition<StepKey, StepEntry> { .stepJournal("\(name)-steps") }
    private var states: StoreDefinition<String, Bytes> {
        .keyValue("\(name)-state", key: .string, value: .storedJSON, ttl: options.forgetAfter)
    }
    private var answered: StoreDefinition<String, Bytes> {
        .keyValue("\(name)-answered", key: .string, value: .bytes, ttl: options.answersKept)
    }

    /// The statement.
    var system: AgentSystem {
        let inboxSource = source(inbox)
        let controlSource = source(control)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("agents"), parents: [inboxSource],
            controls: [controlSource] + [memory?.node].compactMap { $0 },
            stores: [
                StoreDeclaration(journal), StoreDeclaration(steps), StoreDeclaration(states),
                StoreDeclaration(answered),
            ],
            uses: memory?.storeNames ?? [], globals: [AgentDirectory.registryTable(of: name)],
            publishes: [ApprovalRecord.topicName], mistakes: mistakes
        ) { wiring, node in
            try install(wiring, node, inboxSource, controlSource)
        }
        return AgentSystem(name: name, node: node, types: byName, partitions: partitions, options: options)
    }

    private var mistakes: [TopologyError] {
        var found = types.flatMap(\.mistakes)
        var seen: Set<String> = []
        for type in types where !seen.insert(type.name).inserted {
            found.append("two agent types are named '\(type.name)': rename one of them")
        }
        if types.isEmpty { found.append("it has no agent types") }
        if let mistake = options.mistake { found.append(mistake) }
        return found.map { TopologyError(.invalidSetting, "agents '\(name)': \($0)") }
    }

    /// Reads an inbox as bytes: what a record is, its headers say.
    private func source(_ inbox: String) -> PlanNode {
        let role = PlanNode.Role.inbox(name: inbox, partitions: partitions, key: "string", value: "auto")
        return PlanNode(inbox, isNamedByUser: true, role) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, Bytes?>.self)
            let context = wiring.context
            wiring.enter(wiring.inbox(inbox)) { raw in
                if (0...Timestamp.latest.milliseconds).contains(raw.timestamp.milliseconds) {
                    context.observe(raw.timestamp)
                }
                try forward(Record(key: raw.key, value: raw.value, timestamp: raw.timestamp))
            }
        }
    }

    private func install(
        _ wiring: Wiring, _ node: PlanNode, _ inboxSource: PlanNode, _ controlSource: PlanNode
    ) throws {
        let context = wiring.context
        let directory = try AgentDirectory(
            wiring, system: name, types: byName, interventions)
        let own = AgentRegistry.Route(
            application: context.application, inbox: wiring.inbox(inbox), control: wiring.inbox(control),
            partitions: partitions)
        let mail = AgentMail(
            context, directory, step: wiring.label(of: node), own: own, registry: AgentDirectory.registryTopic(of: name)
        )
        let desk = ApprovalDesk(wiring, step: wiring.label(of: node), control: control)
        let host = AgentHost(
            step: wiring.label(of: node), context: context, directory: directory, mail: mail,
            states: try wiring.keyValueStore(states), answered: try wiring.keyValueStore(answered),
            publications: try wiring.downstream(of: node, carrying: Record<String, AgentPublication>.self),
            desk: desk, memory: try memory.map { MemoryDesk(try $0.store(in: wiring), context) },
            source: memory?.embedding)
        let asking = try AskOperator(
            wiring,
            AskParts(
                step: wiring.label(of: node), options: options.handling, limits: limits, key: .agentID,
                request: .optional(.bytes), journal: wiring.keyValueStore(journal),
                steps: wiring.keyValueStore(steps), start: { try host.start($0, $1, $2, finish: $3) },
                forward: { try host.conclude($0) }, delegate: host, span: { .agent($0) },
                isConcluded: { _ in false }))
        wiring.join(asking, for: node)
        if context.task.partition == 0 {
            wiring.join(
                AgentRegistrar(context, directory, mail, own: own, lease: options.lease), for: node)
        }
        wiring.attach(to: inboxSource) { (record: Record<Bytes?, Bytes?>) in
            guard let envelope = try host.admit(MessageRecord(record, context)) else { return }
            try asking.take(
                Record(key: envelope.recipient, value: record.value, timestamp: record.timestamp),
                as: RequestIdentity(
                    id: envelope.identity,
                    deadline: envelope.deadline ?? context.clock.now() + options.handling.timeout))
        }
        let control = AgentControl(
            step: wiring.label(of: node), context: context, asking: asking, desk: desk)
        wiring.attach(to: controlSource) { (record: Record<Bytes?, Bytes?>) in
            try control.take(MessageRecord(record, context))
        }
    }
}

extension MessageRecord {
    /// The record at hand, with its headers.
    init(_ record: Record<Bytes?, Bytes?>, _ context: TaskContext) {
        self.init(key: record.key, value: record.value, headers: context.headers)
    }
}

extension Serde where Value == Bytes {
    /// JSON text that is kept as it is.
    static let storedJSON = Serde(
        description: "json", encode: { value, writer in writer.append(value) }, decode: { $0.compact })
}

extension Serde where Value == AgentID {
    /// `type/key`.
    static let agentID = Serde<String>.string.map(
        description: "tributary.agent-id", decode: { try AgentID(parsing: $0) }, encode: \.description)
}
