import MemoryIndex
import Observability
import StateStores
import StreamCore
import Topology

/// A task's part of an agents block: takes messages in, gives them to the engine that waits, and sends what handlers say.
///
/// Belongs to the task's thread.
final class AgentHost: StepDelegate {
    let step: String
    let context: TaskContext
    let directory: AgentDirectory
    let mail: AgentMail
    private let states: KeyValueStore<String, Bytes>
    private let answered: KeyValueStore<String, Bytes>
    private let publications: Receiver<String, AgentPublication>
    private let desk: ApprovalDesk
    private let memory: MemoryDesk?
    private let source: (any EmbeddingSource)?
    /// When, in stream time, there may be something to forget again.
    private var nextForgetting = Timestamp(milliseconds: 0)

    init(
        step: String, context: TaskContext, directory: AgentDirectory, mail: AgentMail,
        states: KeyValueStore<String, Bytes>, answered: KeyValueStore<String, Bytes>,
        publications: @escaping Receiver<String, AgentPublication>, desk: ApprovalDesk, memory: MemoryDesk?,
        source: (any EmbeddingSource)?
    ) {
        self.memory = memory
        self.source = source
        self.step = step
        self.context = context
        self.directory = directory
        self.mail = mail
        self.states = states
        self.answered = answered
        self.publications = publications
        self.desk = desk
    }

    // MARK: What comes in

    /// Looks at a record of the inbox; returns what the engine is to take, nil when it is done with.
    func admit(_ record: MessageRecord) throws -> AgentEnvelope? {
        try forget()
        let envelope: AgentEnvelope
        do {
            envelope = try AgentEnvelope(record)
        } catch {
            try context.fail(error, at: step, .decode)
            return nil
        }
        guard envelope.kind == .request || envelope.kind == .message else {
            let error = MessageFormatError("a record of kind '\(envelope.kind.rawValue)' in an inbox")
            try context.fail(error, at: step, .decode)
            return nil
        }
        guard (envelope.deadline ?? .latest) > context.clock.now() else {
            context.drop(at: step, reason: "past its deadline")
            return nil
        }
        guard directory.types[envelope.recipient.type]?.has(envelope.recipient.key) == true else {
            try refuse(envelope)
            return nil
        }
        if let reply = try answered.get(envelope.identity) {
            context.drop(at: step, reason: "came again")
            if envelope.kind == .request { try mail.repeatReply(reply, to: envelope) }
            return nil
        }
        return envelope
    }

    /// Deletes what is too old: a bounded piece with each message until nothing is left, then not for a second of stream time,
    /// because each look opens a cursor.
    private func forget() throws {
        let now = context.streamTime
        guard now >= nextForgetting else { return }
        let looked = try max(
            states.expire(now: now, limit: Self.forgottenAtOnce), answered.expire(now: now, limit: Self.forgottenAtOnce)
        )
        if looked < Self.forgottenAtOnce { nextForgetting = now + .seconds(1) }
    }

    private static let forgottenAtOnce = 64

    private func refuse(_ envelope: AgentEnvelope) throws {
        let error = MessageError("undeliverable", "nobody hosts '\(envelope.recipient)' here")
        guard envelope.kind == .request else { return context.drop(at: step, reason: error.code) }
        try mail.refuse(envelope, error)
    }

    /// Begins the handler of a message that the engine says may run now.
    func start(
        _ agent: AgentID, _ payload: Bytes?, _ ask: AskContext,
        finish: @escaping @Sendable (Result<AgentOutcome, any Error>) -> Void
    ) throws -> AskCall {
        let stored = try states.get(agent.description)
        let envelope = try AgentEnvelope(
            MessageRecord(key: Bytes(agent.key), value: payload, headers: ask.headers))
        let (directory, source) = (directory, source)
        return asTask { (envelope: AgentEnvelope, ask: AskContext) in
            try await Self.run(envelope, stored, ask, directory, source)
        }(envelope, ask, finish)
    }

    private static func run(
        _ envelope: AgentEnvelope, _ stored: Bytes?, _ ask: AskContext, _ directory: AgentDirectory,
        _ source: (any EmbeddingSource)?
    ) async throws -> AgentOutcome {
        guard let type = directory.types[envelope.recipient.type] else {
            throw AgentError("undeliverable", "nobody hosts '\(envelope.recipient)' here any more")
        }
        var payload = envelope.payload
        if envelope.sender == nil {
            if let topic = envelope.topic {
                guard let passed = try directory.interventions.publish(payload, to: topic, from: nil) else {
                    return AgentOutcome(reply: nil, state: nil)
                }
                payload = passed
            } else {
                payload = try directory.interventions.send(payload, to: envelope.recipient, from: nil)
            }
        }
        guard envelope.kind == .request || type.takes(payload.type, false) else {
            // As in AutoGen, a published message that an agent does not handle is ignored.
            return AgentOutcome(reply: nil, state: nil)
        }
        let outcome = try await type.run(payload, stored, AgentContext(envelope, ask, directory, source: source))
        let reply = try directory.interventions.reply(outcome.reply, from: envelope.recipient, to: envelope.sender)
        return AgentOutcome(reply: reply, state: outcome.state)
    }

    // MARK: What comes of it

    /// Takes a handler's outcome, in the commit that ends its request: state, reply, or error.
    func conclude(_ conclusion: AskConclusion<AgentID, AgentOutcome>) throws {
        let envelope = try AgentEnvelope(
            MessageRecord(
                key: Bytes(conclusion.key.key), value: conclusion.entry.record.value, headers: context.headers))
        let moment = conclusion.entry.timestamp
        context.count("agent_messages", step: conclusion.key.type, reason: envelope.kind.rawValue)
        // Somebody waits: the reply leaves with the commit.
        if envelope.kind == .request { context.requestCommit() }
        switch conclusion.outcome {
        case .success(let outcome):
            if let state = outcome.state { try states.put(conclusion.key.description, state, at: moment) }
            let sent = try envelope.kind == .request ? mail.reply(outcome.reply, to: envelope) : .empty
            try answered.put(envelope.identity, sent, at: moment)
        case .failure(let failure):
            context.count("agent_failures", step: step, reason: failure.code.rawValue)
            guard envelope.kind == .request else { return try context.fail(failure, at: step, .ask) }
            try mail.refuse(envelope, MessageError(failure))
            // Who asks again under the same id, because that may help, is not told what was.
            if !failure.isRetryable { try answered.put(envelope.identity, .empty, at: moment) }
        }
    }

    // MARK: What handlers say

    /// Sends a handler's question, in the commit that journals it; returns its answer when that is known at once.
    func send(_ operation: StepOperation, for request: AskEntry) throws -> Result<Bytes, AgentFailure>? {
        guard operation.kind != AskContext.approvalKind else { return try desk.send(operation, for: request) }
        if operation.kind == AgentCallKind.memory {
            let session = try AgentID.key(in: request)
            return .success(try memory?.answer(operation, in: session) ?? MemoryDesk.missing)
        }
        var envelope = try AgentCoding.envelope(operation.payload)
        envelope.id = operation.id
        envelope.deadline = operation.due
        envelope.replyTo = mail.replyAddress
        guard try context.at(Self.place(of: operation), { _ in try mail.send(envelope) }) else {
            let reason = "nobody hosts '\(envelope.recipient)'"
            return .failure(AgentFailure(.undeliverable, reason, attempts: 0, idempotencyKey: operation.id))
        }
        return nil
    }

    /// Tells the asked agent that nobody waits any more, when that is so; and people what became of their question.
    func ended(_ operation: StepOperation, _ answer: StepAnswer, for request: AskEntry) throws {
        guard operation.kind != AskContext.approvalKind else {
            return try desk.ended(operation, answer, for: request)
        }
        tellEnd(of: operation, answer)
        if case .answered = answer { return }
        // A memory answers at once; nobody works on it elsewhere.
        guard operation.kind != AgentCallKind.memory else { return }
        let envelope = try AgentCoding.envelope(operation.payload)
        try mail.cancel(operation.id, of: envelope.recipient)
    }

    /// Does what a handler said in passing, once, in the commit that journals it.
    func note(_ operation: StepOperation, for request: AskEntry) throws {
        var envelope = try AgentCoding.envelope(operation.payload)
        envelope.id = operation.id
        let handler = context.trace?.span
        switch operation.kind {
        case AgentCallKind.tell:
            try context.at(Self.place(of: operation)) { place in
                if try !mail.send(envelope) { context.drop(at: step, reason: "unknown recipient") }
                tell(of: SpanNames.create(envelope.recipient.type), operation, place, below: handler)
            }
        case AgentCallKind.publish:
            try context.at(Self.place(of: operation)) { place in
                try publish(envelope)
                tell(of: SpanNames.publish(envelope.topic?.type ?? ""), operation, place, below: handler)
            }
        case AgentCallKind.subscribe:
            let subscription: RegistryEntry.Subscription = try envelope.payload.decode()
            var entry = RegistryEntry()
            entry.subscription = subscription
            try mail.register(RegistryEntry.subscriptionKey(envelope.topic?.source ?? operation.id), entry)
        case AgentCallKind.unsubscribe:
            try mail.register(RegistryEntry.subscriptionKey(envelope.topic?.source ?? operation.id), nil)
        default: context.drop(at: step, reason: "unknown note")
        }
    }

    /// Gives a published message to all who listen, and to the stream of publications.
    private func publish(_ envelope: AgentEnvelope) throws {
        guard let topic = envelope.topic else { return }
        for recipient in directory.recipients(of: topic, from: envelope.sender) {
            var copy = envelope
            copy.recipient = recipient
            if try !mail.send(copy) { context.drop(at: step, reason: "unknown recipient") }
        }
        let publication = AgentPublication(
            topic: topic, sender: envelope.sender, id: envelope.id, payload: envelope.payload)
        let headers = context.headers
        context.headers = headers.withoutMessageFields
        defer { context.headers = headers }
        try publications(Record(key: topic.source, value: publication, timestamp: context.clock.now()))
    }
}

extension AgentID {
    /// The key of the agent that a request of the engine is for.
    fileprivate static func key(in request: AskEntry) throws -> String {
        try Serde<AgentID>.agentID.decode(request.key).key
    }
}
