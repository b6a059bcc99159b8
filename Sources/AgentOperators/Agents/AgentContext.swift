import MemoryIndex
public import StreamCore

/// What a handler knows of the message at hand, and what it may do.
///
/// Whatever it does through its context is done once, over crashes: see ``DurableContext``. What it sends and publishes leaves with
/// the commit that journals it; what its handler throws afterwards does not take it back.
public struct AgentContext: DurableContext {
    /// The agent at work.
    public let id: AgentID
    /// Who sent the message; nil when it was no agent.
    public let sender: AgentID?
    /// Where the message was published; nil when it was sent to this agent.
    public let topic: TopicID?
    /// Whether somebody waits for a reply.
    public let isRequest: Bool
    /// The message's id, as its sender gave it.
    public let messageID: String
    /// The record's headers that are nobody's: trace context and what users add.
    public let headers: Headers
    let chain: [AgentID]
    let ask: AskContext
    let directory: AgentDirectory
    /// The memory of the agent's key; its calls fail when these agents were given none.
    public let memory: AgentMemory

    init(
        _ envelope: AgentEnvelope, _ ask: AskContext, _ directory: AgentDirectory,
        source: (any EmbeddingSource)? = nil
    ) {
        memory = AgentMemory(session: envelope.recipient.key, ask: ask, source: source)
        id = envelope.recipient
        sender = envelope.sender
        topic = envelope.topic
        isRequest = envelope.kind == .request
        messageID = envelope.id
        headers = ask.headers.withoutMessageFields
        chain = envelope.chain
        self.ask = ask
        self.directory = directory
    }

    /// The same at every run for the same message, and never shared by two.
    public var idempotencyKey: String { ask.idempotencyKey }
    /// Which run this is in this process, from 1.
    public var attempt: Int { ask.attempt }
    /// When the message is given up.
    public var deadline: Timestamp { ask.deadline }

    // MARK: Messages

    /// Asks another agent and waits for its reply; holds no slot meanwhile.
    ///
    /// - Parameters:
    ///   - message: the message, as JSON.
    ///   - recipient: the agent; made when this is its first message.
    ///   - reply: the reply's type.
    ///   - timeout: how long to wait at most; never longer than this handler may run.
    /// - Returns: the reply.
    /// - Throws: ``AgentFailure``: `undeliverable` at once when nobody hosts the recipient, `timedOut`, or what the recipient's handler
    ///   threw, with its code in ``AgentFailure/remoteCode``; ``AgentError`` with code `wouldDeadlock` when the recipient waits for
    ///   this agent, with code `voidReply` when there is a reply without a value.
    public func send<Reply: Codable & Sendable>(
        _ message: some Codable & Sendable, to recipient: AgentID, returning reply: Reply.Type,
        timeout: Duration? = nil
    ) async throws -> Reply {
        guard let answer = try await send(AgentPayload(message), to: recipient, timeout: timeout) else {
            throw AgentError("voidReply", "'\(recipient)' replied without a value where \(Reply.self) was expected")
        }
        return try answer.decode()
    }

    /// Asks another agent and waits until it has handled the message; what it replies is ignored.
    ///
    /// As ``send(_:to:returning:timeout:)`` otherwise.
    public func send(
        _ message: some Codable & Sendable, to recipient: AgentID, timeout: Duration? = nil
    ) async throws { _ = try await send(AgentPayload(message), to: recipient, timeout: timeout) }

    /// Asks another agent with a message of any format; returns its reply, nil when that is void.
    ///
    /// As ``send(_:to:returning:timeout:)`` otherwise.
    public func send(
        _ payload: AgentPayload, to recipient: AgentID, timeout: Duration? = nil
    ) async throws -> AgentPayload? {
        let payload = try directory.interventions.send(payload, to: recipient, from: id)
        guard recipient != id, !chain.contains(recipient) else {
            let circle = (chain + [id, recipient]).map(\.description).joined(separator: " -> ")
            throw AgentError("wouldDeadlock", "'\(recipient)' waits for this agent: \(circle)")
        }
        var envelope = AgentEnvelope(.request, id: messageID, to: recipient, from: id, payload: payload)
        envelope.chain = chain + [id]
        let answer = try await ask.external(
            kind: AgentCallKind.ask, name: "\(recipient) \(payload.type)", payload: AgentCoding.bytes(of: envelope),
            limit: timeout.map { .duration($0) } ?? .deadline)
        guard let answer else {
            throw AgentFailure(
                .timedOut, "no reply of '\(recipient)' in time", attempts: 1, idempotencyKey: idempotencyKey)
        }
        return try AgentCoding.reply(answer)
    }

    /// Sends another agent a message and goes on; nobody hears what comes of it.
    ///
    /// - Throws: ``AgentError`` with code `undeliverable` when nobody hosts the recipient.
    public func tell(_ message: some Codable & Sendable, to recipient: AgentID) async throws {
        let payload = try directory.interventions.send(AgentPayload(message), to: recipient, from: id)
        guard directory.knows(recipient) else {
            throw AgentError("undeliverable", "nobody hosts agents of type '\(recipient.type)'")
        }
        let envelope = AgentEnvelope(.message, id: messageID, to: recipient, from: id, payload: payload)
        try ask.note(kind: AgentCallKind.tell, name: "tell \(recipient)", payload: AgentCoding.bytes(of: envelope))
    }

    /// Publishes a message: all agents whose types listen get it, without this one, each once.
    ///
    /// - Parameters:
    ///   - message: the message, as JSON.
    ///   - topic: where; the default topic of this agent's key, the session, when nil.
    /// - Throws: what an intervention handler throws; ``StepFailure``.
    public func publish(_ message: some Codable & Sendable, to topic: TopicID? = nil) async throws {
        try await publish(AgentPayload(message), to: topic)
    }

    /// Publishes a message of any format: see ``publish(_:to:)``.
    public func publish(_ payload: AgentPayload, to topic: TopicID? = nil) async throws {
        let topic = topic ?? TopicID(TopicID.defaultType, source: id.key)
        try AgentNameError.check(topicType: topic.type)
        guard let payload = try directory.interventions.publish(payload, to: topic, from: id) else { return }
        // The recipients are found by the task that sends: what it knows then counts.
        var envelope = AgentEnvelope(.message, id: messageID, to: id, from: id, payload: payload)
        envelope.topic = topic
        try ask.note(
            kind: AgentCallKind.publish, name: "publish \(topic)", payload: AgentCoding.bytes(of: envelope))
    }

    // MARK: Subscriptions

    /// Makes agents of `agentType` listen to `match`, from when the registry has it until it is removed.
    ///
    /// - Returns: the subscription's id.
    /// - Throws: ``AgentError`` with code `exists` when that subscription stands.
    public func subscribe(_ match: AgentSubscription.Match, agentType: String? = nil) async throws -> String {
        let subscription = AgentSubscription(match, agentType: agentType ?? id.type)
        guard !directory.has(subscription) else {
            throw AgentError("exists", "the subscription '\(subscription)' exists already")
        }
        let number = try await String(random(), radix: 16)
        var envelope = AgentEnvelope(
            .message, id: messageID, to: id, from: id,
            payload: try AgentPayload(RegistryEntry.Subscription(subscription)))
        envelope.topic = TopicID(TopicID.defaultType, source: number)
        try ask.note(
            kind: AgentCallKind.subscribe, name: "subscribe \(subscription)", payload: AgentCoding.bytes(of: envelope))
        return number
    }

    /// Removes a subscription that was added at run time.
    ///
    /// - Throws: ``AgentError`` with code `unknown` when there is none of that id.
    public func unsubscribe(_ subscription: String) async throws {
        guard directory.registry.entry(RegistryEntry.subscriptionKey(subscription)) != nil else {
            throw AgentError("unknown", "there is no subscription '\(subscription)' that was added at run time")
        }
        var envelope = AgentEnvelope(
            .message, id: messageID, to: id, from: id)
        envelope.topic = TopicID(TopicID.defaultType, source: subscription)
        try ask.note(
            kind: AgentCallKind.unsubscribe, name: "unsubscribe \(subscription)",
            payload: AgentCoding.bytes(of: envelope))
    }
}

extension AgentContext {
    /// Does something once and remembers what came of it.
    @discardableResult public func step<Value: Codable & Sendable>(
        _ name: String, policy: StepPolicy<Value>, _ body: @escaping @Sendable (StepContext) async throws -> Value
    ) async throws -> Value { try await ask.step(name, policy: policy, body) }

    /// The time of day when it was first asked here.
    public func now() async throws -> Timestamp { try await ask.now() }

    /// 64 random bits, the same at every run.
    public func random() async throws -> UInt64 { try await ask.random() }

    /// Waits, over restarts, and holds no slot meanwhile.
    public func sleep(for duration: Duration) async throws { try await ask.sleep(for: duration) }

    /// Asks a person, who may take days, and holds no slot meanwhile.
    public func approval(_ name: String, _ request: ApprovalRequest) async throws -> ApprovalDecision {
        try await ask.approval(name, request)
    }
}
