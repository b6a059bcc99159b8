import AgentOperators
import StreamCore
import StreamDSL
import Topology

/// The nodes of a caller: an inbox, the step that asks Python, the step that answers.
struct CallerParts {
    let system: AgentSystem
    let wire: AutoGenWire
    let name: String
    let types: [String]
    let options: AutoGenCallerOptions
    let mistakes: [TopologyError]

    private var inbox: String { "\(name)-outbox" }

    var terminals: [Terminal] {
        let service = RequestTopic<BoxedMessage, BoxedMessage?>(
            wire.topics.requests, request: BoxedMessage.serde, reply: .optional(BoxedMessage.serde),
            codec: AutoGenCodec(wire, isBoxed: true), replies: .topic(wire.topics.responses))
        let answered = calls.ask(service, named: "\(name)-calls", options: options.asking) { key, _ in Bytes(key) }
        let answers = answered.process(named: "\(name)-answers") { (step: ProcessorContext<String, Bytes>) in
            let desk = CallerAnswers(step.task, step: step.step)
            return { try desk.answer($0.value) }
        }
        return [Terminal(answers.node)]
    }

    /// What agents send to Python's, keyed by recipient.
    private var calls: KStream<String, BoxedMessage> {
        let (inbox, wire, system, name, types, options) = (inbox, wire, system, name, types, options)
        let role = PlanNode.Role.inbox(
            name: inbox, partitions: Int32(clamping: options.partitions), key: "bytes", value: "bytes")
        let source = PlanNode(inbox, isNamedByUser: true, role) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, Bytes?>.self)
            wiring.enter(wiring.inbox(inbox)) { raw in
                wiring.context.observe(raw.timestamp)
                try forward(Record(key: raw.key, value: raw.value, timestamp: raw.timestamp))
            }
        }
        let announced = options.followsRegistry ? [Self.announced(wire)] : []
        let node = PlanNode(
            "\(name)-messages", isNamedByUser: true, .operation("autogen-caller"), parents: [source],
            globals: system.directoryTables + announced, mistakes: mistakes
        ) { wiring, node in
            let step = wiring.label(of: node)
            let desk = CallerDesk(
                wiring.context, wire, step: step,
                forward: try wiring.downstream(of: node, carrying: Record<String, BoxedMessage>.self))
            wiring.attach(to: source) { (record: Record<Bytes?, Bytes?>) in try desk.take(record) }
            guard wiring.context.task.partition == 0 else { return }
            let table = try announced.first.map {
                try wiring.globals.table($0.name, String.self, RegistrationEvent.self)
            }
            wiring.join(
                try CallerClaim(
                    wiring, system, name: name, step: step, inbox: wiring.inbox(inbox), options, types: types,
                    announced: table),
                for: node)
        }
        return KStream(
            node: node, formats: Formats(key: .string, value: BoxedMessage.serde),
            partitioning: .byKey)
    }

    /// What runtimes have announced, by type.
    private static func announced(_ wire: AutoGenWire) -> GlobalTableDeclaration {
        GlobalTableDeclaration(
            wire.topics.registry, topic: wire.topics.registry, key: Serde<String>.string, value: wire.registry.value)
    }
}

/// Takes what agents send to Python's.
///
/// Belongs to the task's thread.
final class CallerDesk {
    private let context: TaskContext
    private let step: String
    private let forward: Receiver<String, BoxedMessage>
    private let requests: String
    private let writer: MessageWriter

    init(
        _ context: TaskContext, _ wire: AutoGenWire, step: String, forward: @escaping Receiver<String, BoxedMessage>
    ) {
        self.context = context
        self.step = step
        self.forward = forward
        requests = wire.topics.requests
        writer = MessageWriter(context, step: step, codec: AutoGenCodec(wire))
    }

    func take(_ record: Record<Bytes?, Bytes?>) throws {
        do {
            let raw = MessageRecord(key: record.key, value: record.value, headers: context.headers)
            var message = try NativeMessageCodec().read(raw, as: .request)
            guard let type = message.agent, let key = (message.key ?? .empty).utf8, !message.id.isEmpty else {
                throw MessageFormatError("the message says not who it is for, or has no id")
            }
            let recipient = try AgentID(parsing: "\(type)/\(key)")
            switch message.kind {
            case .request:
                guard (message.deadline ?? .latest) > context.clock.now() else {
                    return context.drop(at: step, reason: "past its deadline")
                }
                let payload = AgentPayload(
                    type: message.type ?? "", contentType: message.contentType ?? AgentPayload.json,
                    bytes: message.payload ?? .empty)
                let boxed = BoxedMessage(
                    payload: payload, sender: try message.sender.map { try AgentID(parsing: $0) })
                try forward(Record(key: recipient.description, value: boxed, timestamp: record.timestamp))
            case .message:
                // Nobody waits: what Python replies is passed over.
                message.key = Bytes(recipient.description)
                try writer.send(message, to: MessageAddress(topic: requests), at: context.clock.now())
            case .cancel: context.drop(at: step, reason: "AutoGen takes no request back")
            case .reply, .partial, .error, .decision:
                throw MessageFormatError("a record of kind '\(message.kind.rawValue)' in an outbox")
            }
        } catch let error as MessageFormatError {
            try context.fail(error, at: step, .decode)
        } catch let error as AgentNameError {
            try context.fail(error, at: step, .decode)
        }
    }
}

/// Gives agents what Python made of their requests.
///
/// Belongs to the task's thread.
final class CallerAnswers {
    private let context: TaskContext
    private let step: String
    private let writer: MessageWriter

    init(_ context: TaskContext, step: String) {
        self.context = context
        self.step = step
        writer = MessageWriter(context, step: step)
    }

    /// Answers the request whose headers are at hand.
    func answer(_ outcome: Result<BoxedMessage?, AgentFailure>) throws {
        let request = try NativeErrors.read(context.headers)
        guard let address = request.replyTo else { return context.drop(at: step, reason: "no address") }
        var reply = AgentMessage(.reply, id: request.id)
        reply.headers = request.headers
        reply.key = request.sender.flatMap { try? AgentID(parsing: $0) }.map { Bytes($0.key) }
        switch outcome {
        case .success(let message):
            reply.sender = message?.sender?.description
            reply.payload = message?.payload.bytes
            reply.type = message?.payload.type
            reply.contentType = message.flatMap {
                $0.payload.contentType == AgentPayload.json ? nil : $0.payload.contentType
            }
            reply.sequence = 0
        case .failure(let failure):
            reply.kind = .error
            reply.error = MessageError(
                failure.remoteCode ?? failure.code.rawValue, failure.message, isRetryable: failure.isRetryable,
                details: failure.details)
        }
        try writer.send(reply, to: address, at: context.clock.now())
    }
}

/// Tells the system that Python's types are reached here, as long as this runs.
///
/// Belongs to the task's thread.
final class CallerClaim: TaskParticipant {
    private let gate: AgentGate
    private let system: String
    private let name: String
    private let inbox: String
    private let partitions: Int32
    private let lease: Duration
    private let types: [String]
    private let announced: GlobalTable<String, RegistrationEvent>?
    private var next = Timestamp(milliseconds: 0)
    private var seen = -1
    private var looked = Timestamp(milliseconds: 0)
    private var claimed: [String] = []

    init(
        _ wiring: Wiring, _ system: AgentSystem, name: String, step: String, inbox: String,
        _ options: AutoGenCallerOptions, types: [String], announced: GlobalTable<String, RegistrationEvent>?
    ) throws {
        gate = try AgentGate(wiring, to: system, step: step)
        self.system = system.name
        self.name = name
        self.inbox = inbox
        partitions = Int32(clamping: options.partitions)
        lease = options.lease
        self.types = types
        self.announced = announced
    }

    func started() throws {}

    func advance(now: Timestamp) throws -> Bool {
        let revision = announced?.revision ?? 0
        looked = now
        guard now >= next || revision != seen else { return false }
        let others = (announced?.snapshot ?? [:]).values.filter { $0.kind == .register && $0.system != system }
        let wanted = Set(types + others.map(\.agent)).sorted()
        defer { seen = revision }
        // Events that say what is known are no reason to write.
        guard now >= next || wanted != claimed else { return false }
        claimed = wanted
        next = now + .milliseconds(lease.milliseconds / 3)
        try gate.claim(wanted, as: name, inbox: inbox, partitions: partitions, lease: lease)
        return true
    }

    func committed(now: Timestamp) throws {}
    var isFull: Bool { false }
    var isWaiting: Bool { false }
    var nextDue: Timestamp? { announced == nil ? next : min(next, looked + .seconds(1)) }
    func leaving() {}
    func ended() {}
}
