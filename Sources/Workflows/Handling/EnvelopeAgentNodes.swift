import AgentOperators
import StateStores
import StreamCore
import StreamDSL
import Topology

/// An agent's chain of nodes: lanes, handlers, outcomes.
struct EnvelopeAgentNodes: Sendable {
    private let lanes: PlanNode
    let outcomes: PlanNode

    /// What the agent sends.
    var sent: KStream<String, Envelope> {
        KStream(node: outcomes, label: "\(outcomes.name).sent", formats: Formats(key: .string, value: .envelope))
    }

    /// What came in, and what came of it.
    var audit: [KStream<String, AuditEntry>] {
        [lanes, outcomes].map {
            KStream(node: $0, branch: 1, label: "\($0.name).audit", formats: Formats(key: .string, value: .json()))
        }
    }

    init(
        _ stream: KStream<String, Envelope>, _ name: String, _ agent: EnvelopeAgent, _ options: EnvelopeOptions,
        _ mistakes: [TopologyError]
    ) {
        let definition = StoreDefinition<Int64, LaneEntry>.keyValue(
            "\(name)-lanes", key: .int64, value: LaneEntry.serde)
        lanes = PlanNode(
            "\(name)-lanes", isNamedByUser: true, .operation("priority-lanes"), parents: [stream.node],
            stores: [StoreDeclaration(definition)], mistakes: mistakes
        ) { wiring, node in
            let lanes = LaneOperator(
                wiring.context, step: wiring.label(of: node), store: try wiring.keyValueStore(definition),
                options: options,
                forward: try wiring.downstream(of: node, carrying: Record<String, Envelope>.self))
            let desk = EnvelopeIntake(
                wiring.context, step: wiring.label(of: node), agent: agent, lanes: lanes,
                audit: try wiring.downstream(of: node, branch: 1, carrying: Record<String, AuditEntry>.self))
            try wiring.shared("lanes.\(name)") { LaneLink() }.lanes = lanes
            wiring.join(lanes, for: node)
            stream.receive(in: wiring) { try desk.take($0) }
        }
        let waiting = KStream<String, Envelope>(
            node: lanes, label: "\(name)-lanes", formats: Formats(key: .string, value: .envelope))
        var handling = options.handling
        handling.capacity = max(handling.capacity, handling.inFlight * 2)
        let (agentName, handlers) = (agent.name, agent.handlers)
        let handled = waiting.mapAsync(named: name, options: handling) { envelope, durable in
            let outbox = EnvelopeOutbox()
            let context = EnvelopeContext(envelope, agent: agentName, durable: durable, outbox: outbox)
            guard let handler = handlers[envelope.type] else {
                throw EnvelopeUnhandled(agent: agentName, type: envelope.type)
            }
            try await handler.run(envelope, context)
            return EnvelopeWork(key: durable.idempotencyKey, drafts: outbox.all)
        }
        outcomes = PlanNode(
            "\(name)-outcomes", isNamedByUser: true, .operation("envelope-outcomes"), parents: [handled.node]
        ) { wiring, node in
            let desk = EnvelopeOutcomes(
                wiring.context, step: wiring.label(of: node), agent: agentName,
                link: try wiring.shared("lanes.\(name)") { LaneLink() },
                send: try wiring.downstream(of: node, carrying: Record<String, Envelope>.self),
                audit: try wiring.downstream(of: node, branch: 1, carrying: Record<String, AuditEntry>.self))
            handled.receive(in: wiring) { try desk.take($0) }
        }
    }
}

/// What a run of a handler comes to.
struct EnvelopeWork: Sendable {
    let key: String
    let drafts: [EnvelopeDraft]
}

/// A message for an agent that has no handler of its type.
struct EnvelopeUnhandled: AskRetryable, CustomStringConvertible {
    let agent: String
    let type: String

    var isRetryable: Bool { false }

    var description: String { "agent '\(agent)' has no handler of messages of type '\(type)'" }
}

/// Decides what of the messages that pass is for an agent.
private struct EnvelopeIntake {
    private let context: TaskContext
    private let step: String
    private let agent: EnvelopeAgent
    private let lanes: LaneOperator
    private let audit: Receiver<String, AuditEntry>

    init(
        _ context: TaskContext, step: String, agent: EnvelopeAgent, lanes: LaneOperator,
        audit: @escaping Receiver<String, AuditEntry>
    ) {
        self.context = context
        self.step = step
        self.agent = agent
        self.lanes = lanes
        self.audit = audit
    }

    func take(_ record: Record<String, Envelope>) throws {
        let envelope = record.value
        guard envelope.isAddressed(to: agent.name), envelope.source != agent.name else {
            return context.count("envelopes_passed_over", step: step, reason: "another agent's")
        }
        guard agent.handlers[envelope.type] != nil else {
            guard envelope.target != nil else {
                return context.count("envelopes_passed_over", step: step, reason: "no handler")
            }
            let error = EnvelopeUnhandled(agent: agent.name, type: envelope.type)
            try say(.unhandled, record, error: error.description)
            return try context.fail(error, at: step, .process)
        }
        try say(.received, record)
        try lanes.take(record)
    }

    private func say(_ event: AuditEntry.Event, _ record: Record<String, Envelope>, error: String? = nil) throws {
        let entry = AuditEntry(
            event, record.value, agent: agent.name, at: context.clock.now().milliseconds, error: error)
        try audit(record.with(value: entry))
    }
}

/// Says what came of an agent's messages: what it sends, what failed, and the audit trail of both.
private struct EnvelopeOutcomes {
    private let context: TaskContext
    private let step: String
    private let agent: String
    private let link: LaneLink
    private let send: Receiver<String, Envelope>
    private let audit: Receiver<String, AuditEntry>

    init(
        _ context: TaskContext, step: String, agent: String, link: LaneLink,
        send: @escaping Receiver<String, Envelope>, audit: @escaping Receiver<String, AuditEntry>
    ) {
        self.context = context
        self.step = step
        self.agent = agent
        self.link = link
        self.send = send
        self.audit = audit
    }

    func take(_ record: Record<String, Result<EnvelopeWork, AgentFailure>>) throws {
        guard let lanes = link.lanes, let entry = try lanes.conclude(record.key) else {
            return context.count("envelopes_dropped", step: step, reason: "late outcome")
        }
        let cause = entry.envelope
        let headers = context.headers
        let trace = cause.trace(headers)
        if headers[TraceContext.header] == nil { trace?.write(to: &context.headers) }
        switch record.value {
        case .success(let work):
            for (index, draft) in work.drafts.enumerated() {
                var envelope = Envelope(
                    type: draft.type, from: agent, to: draft.target, payload: draft.payload, priority: draft.priority,
                    metadata: cause.metadata, at: EnvelopeTime(context.clock.now()),
                    idempotencyKey: "\(work.key)/\(index)")
                if let trace { envelope.join(trace) }
                try say(.sent, envelope, record, cause: cause.id)
                try send(record.with(value: envelope))
            }
            try say(.handled, cause, record)
        case .failure(let failure):
            try say(.failed, cause, record, error: failure.description)
            try context.fail(failure, at: step, .ask)
        }
        context.headers = headers
        try lanes.release()
    }

    private func say<Value>(
        _ event: AuditEntry.Event, _ envelope: Envelope, _ record: Record<String, Value>, cause: String? = nil,
        error: String? = nil
    ) throws {
        let entry = AuditEntry(
            event, envelope, agent: agent, at: context.clock.now().milliseconds, cause: cause, error: error)
        try audit(record.with(value: entry))
    }
}
