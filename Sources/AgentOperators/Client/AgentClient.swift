public import EventLog
public import StreamCore
import Topology

/// Speaks to the agents of a system from any process, without a topology: finds who hosts them in the system's registry.
///
/// ```swift
/// let client = try AgentClient(on: log, system: "team")
/// let answer = try await client.send(Question("…"), to: AgentID("assistant", "session-7"), returning: Answer.self)
/// ```
///
/// Every request has a deadline; a type that nobody hosts is told at once. Any thread may call; close it when done.
public final class AgentClient: Sendable {
    private let transport: RequestTransport
    private let follower: RegistryFollower
    private let registry: AgentRegistry
    private let clock: any WallClock

    /// A client of the system called `system`.
    ///
    /// - Parameters:
    ///   - log: where the system runs.
    ///   - system: the name that its `agents` blocks have.
    ///   - inbox: where replies come; by default a topic that all clients share.
    ///   - clock: the time of day, for deadlines and leases.
    /// - Throws: ``EventLogError`` when the inbox cannot be made or read.
    public init(
        on log: any EventLog, system: String, inbox: ClientInbox = .shared(), clock: any WallClock = SystemWallClock()
    ) throws(EventLogError) {
        transport = try RequestTransport(on: log, inbox: inbox, clock: clock)
        follower = RegistryFollower(on: log, system: system)
        registry = AgentRegistry(follower)
        self.clock = clock
    }

    deinit { transport.close() }

    /// Ends it: open requests fail with code `cancelled`, and an inbox of its own is deleted.
    ///
    /// Blocks for up to 100 ms.
    public func close() { transport.close() }

    /// Asks an agent and waits for its reply.
    ///
    /// - Parameters:
    ///   - message: the message, as JSON.
    ///   - recipient: the agent; made when this is its first message.
    ///   - reply: the reply's type.
    ///   - timeout: how long to wait.
    ///   - headers: further headers.
    /// - Returns: the reply.
    /// - Throws: ``AgentFailure``: `undeliverable` at once when nobody hosts the recipient, `timedOut`, or what the recipient's handler
    ///   threw, with its code in ``AgentFailure/remoteCode``; ``AgentError`` with code `voidReply` when there is a reply without a
    ///   value; ``EventLogError`` when the registry cannot be read; `CancellationError`, and then the recipient is told.
    public func send<Reply: Codable & Sendable>(
        _ message: some Codable & Sendable, to recipient: AgentID, returning reply: Reply.Type,
        timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> Reply {
        let answer = try await send(try AgentPayload(message), to: recipient, timeout: timeout, headers: headers)
        guard let answer else {
            throw AgentError("voidReply", "'\(recipient)' replied without a value where \(Reply.self) was expected")
        }
        return try answer.decode()
    }

    /// Asks an agent with a message of any format and waits for its reply, nil when that is void.
    ///
    /// As ``send(_:to:returning:timeout:headers:)`` otherwise.
    @discardableResult
    public func send(
        _ payload: AgentPayload, to recipient: AgentID, timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> AgentPayload? {
        let route = try await route(of: recipient)
        var envelope = AgentEnvelope(.request, id: transport.newID(), to: recipient, from: nil, payload: payload)
        envelope.deadline = clock.now() + timeout
        envelope.headers = headers
        for try await message in replies(to: envelope, route) where message.kind != .partial {
            return try Self.payload(of: message)
        }
        throw CancellationError()
    }

    /// Sends an agent a message and returns when the log has it; nobody hears what comes of it.
    ///
    /// - Throws: ``AgentFailure`` with code `undeliverable` when nobody hosts the recipient; ``EventLogError``.
    public func tell(
        _ message: some Codable & Sendable, to recipient: AgentID, headers: Headers = .none
    ) async throws {
        try await tell(try AgentPayload(message), to: recipient, headers: headers)
    }

    /// Sends an agent a message of any format and returns when the log has it.
    ///
    /// As ``tell(_:to:headers:)`` otherwise.
    ///
    /// - Returns: the message's id.
    @discardableResult
    public func tell(
        _ payload: AgentPayload, to recipient: AgentID, headers: Headers = .none
    ) async throws -> String {
        let route = try await route(of: recipient)
        var envelope = AgentEnvelope(.message, id: transport.newID(), to: recipient, from: nil, payload: payload)
        envelope.headers = headers
        try await transport.post([(NativeMessageCodec().write(envelope.message), route.inbox)])
        return envelope.id
    }

    /// Publishes a message and returns when the log has it: agents of all applications whose types listen get it, each once.
    ///
    /// - Returns: who gets it, as far as the registry knows now.
    /// - Throws: ``AgentNameError`` when the topic's type is no name; ``EventLogError``.
    @discardableResult
    public func publish(
        _ message: some Codable & Sendable, to topic: TopicID, headers: Headers = .none
    ) async throws -> [AgentID] {
        try await publish(try AgentPayload(message), to: topic, headers: headers)
    }

    /// Publishes a message of any format.
    ///
    /// As ``publish(_:to:headers:)`` otherwise.
    @discardableResult
    public func publish(
        _ payload: AgentPayload, to topic: TopicID, headers: Headers = .none
    ) async throws -> [AgentID] {
        try AgentNameError.check(topicType: topic.type)
        try await refresh()
        let now = clock.now()
        let id = transport.newID()
        var recipients: [AgentID] = []
        var messages: [(record: MessageRecord, topic: String)] = []
        for recipient in registry.subscriptions(besides: "", now: now).recipients(of: topic, besides: nil) {
            guard let route = registry.route(of: recipient.type, now: now) else { continue }
            var envelope = AgentEnvelope(.message, id: id, to: recipient, from: nil, payload: payload)
            envelope.topic = topic
            envelope.headers = headers
            recipients.append(recipient)
            messages.append((NativeMessageCodec().write(envelope.message), route.inbox))
        }
        try await transport.post(messages)
        return recipients
    }

    // MARK: Who and how

    private func route(of recipient: AgentID) async throws -> AgentRegistry.Route {
        try AgentNameError.check(agentType: recipient.type)
        // A lease that has not run out will do; whoever is not known may have come since.
        if let known = registry.route(of: recipient.type, now: clock.now()) { return known }
        try await refresh()
        guard let route = registry.route(of: recipient.type, now: clock.now()) else {
            throw RequestTransport.failure(
                .undeliverable, "nobody hosts agents of type '\(recipient.type)'", recipient.description)
        }
        return route
    }

    private func refresh() async throws {
        // Reading blocks, and Swift's own threads are few.
        try await OwnThread.run(named: "tributary-registry") { [follower] in try follower.refresh() }
    }

    private func replies(
        to envelope: AgentEnvelope, _ route: AgentRegistry.Route
    ) -> AsyncThrowingStream<AgentMessage, any Error> {
        AsyncThrowingStream { continuation in
            var cancel = AgentMessage(.cancel, id: envelope.id)
            cancel.key = Bytes(envelope.recipient.key)
            cancel.agent = envelope.recipient.type
            continuation.onTermination = { [transport, cancel] _ in
                // Does nothing when the request has ended by itself.
                transport.withdraw(cancel.id, cancel, to: route.control, codec: NativeMessageCodec())
            }
            do {
                try transport.exchange(
                    envelope.message, to: route.inbox, codec: NativeMessageCodec(), route: .asker
                ) { continuation.take($0) }
            } catch { continuation.finish(throwing: error) }
        }
    }

    private static func payload(of message: AgentMessage) throws -> AgentPayload? {
        if let error = message.error { throw error.failure(of: message.id) }
        return AgentPayload(of: message)
    }
}
