public import StreamCore
public import Topology

/// The way between a system's agents and agents elsewhere that speak another protocol: what a step of that protocol needs.
///
/// A step that has one declares ``AgentSystem/directoryTables`` among its node's globals. Belongs to the task's thread; what it writes
/// leaves with the task's next commit.
public final class AgentGate {
    /// A message on its way in.
    public struct Message: Sendable {
        /// The request's or message's id, by which one that comes again is known.
        public var id: String
        /// Who sent it; nil when it was no agent.
        public var sender: AgentID?
        /// What it says.
        public var payload: AgentPayload
        /// Where the reply goes, in the native form; nil when nobody waits for one.
        public var replyTo: MessageAddress?
        /// When nobody waits any more; nil leaves that to the system's options.
        public var deadline: Timestamp?
        /// Further headers: they reach the handler, and come back with the reply.
        public var headers: Headers

        /// A message.
        public init(
            id: String, sender: AgentID?, payload: AgentPayload, replyTo: MessageAddress? = nil,
            deadline: Timestamp? = nil, headers: Headers = .none
        ) {
            self.id = id
            self.sender = sender
            self.payload = payload
            self.replyTo = replyTo
            self.deadline = deadline
            self.headers = headers
        }
    }

    private let context: TaskContext
    private let system: AgentSystem
    private let directory: AgentDirectory
    private let mail: AgentMail
    private var claimedSince: Int64?

    /// A gate of `step` to the agents of `system`.
    ///
    /// - Throws: ``TopologyError`` when the step's node does not declare the system's tables.
    public init(_ wiring: Wiring, to system: AgentSystem, step: String) throws {
        context = wiring.context
        self.system = system
        (directory, mail) = try AgentMail.outside(system, wiring, step: step)
    }

    /// Whether agents of `type` are this application's own.
    public func hosts(_ type: String) -> Bool { directory.types[type] != nil }

    /// Puts `message` into the inbox of one of this application's own agents: a request when somebody waits for its reply.
    ///
    /// - Returns: false when the type is none of this application's; a key that its type does not have is answered by the agents.
    public func deliver(_ message: Message, to recipient: AgentID) throws -> Bool {
        guard hosts(recipient.type) else { return false }
        let kind: MessageKind = message.replyTo == nil ? .message : .request
        try mail.deliver(envelope(kind, message, to: recipient))
        return true
    }

    /// Gives a published message to all of this application's own agents that listen, each once, without its sender.
    ///
    /// - Parameters:
    ///   - message: the message.
    ///   - topic: where it was published.
    ///   - besides: further types that get it, as agents of the topic's source.
    /// - Returns: who gets it.
    /// - Throws: what the log's writer throws.
    @discardableResult
    public func publish(_ message: Message, to topic: TopicID, besides: [String] = []) throws -> [AgentID] {
        let listening = directory.recipients(of: topic, from: message.sender)
        let named = besides.map { AgentID($0, topic.source) }.filter { $0 != message.sender && !listening.contains($0) }
        var reached: [AgentID] = []
        for recipient in listening + named where hosts(recipient.type) {
            var envelope = envelope(.message, message, to: recipient)
            envelope.topic = topic
            if try mail.send(envelope) { reached.append(recipient) }
        }
        return reached
    }

    private func envelope(_ kind: MessageKind, _ message: Message, to recipient: AgentID) -> AgentEnvelope {
        var envelope = AgentEnvelope(
            kind, id: message.id, to: recipient, from: message.sender, payload: message.payload)
        envelope.replyTo = message.replyTo
        envelope.deadline = message.deadline
        envelope.headers = message.headers
        return envelope
    }

    /// Tells the system that agents of `types` are reached through the inbox `inbox`, until the lease is over.
    ///
    /// From then on every agent of the system sends to them as to its own. Types that others of the system host are left out.
    ///
    /// - Parameters:
    ///   - types: the types.
    ///   - name: names this claim among those of the application.
    ///   - inbox: the full name of the topic that takes their messages, in the native form, and takes cancellations.
    ///   - partitions: how many partitions it has.
    ///   - lease: how long the claim counts without being renewed.
    /// - Returns: the types that were claimed.
    /// - Throws: ``SerdeError`` when the entry cannot be written.
    @discardableResult
    public func claim(
        _ types: [String], as name: String, inbox: String, partitions: Int32, lease: Duration
    ) throws -> [String] {
        let now = context.clock.now()
        let application = "\(context.application)/\(name)"
        let free = Set(types).filter { type in
            guard !hosts(type) else { return false }
            let owner = directory.registry.route(of: type, now: now)?.application
            return owner == nil || owner == application
        }
        let key = RegistryEntry.applicationKey(application)
        let before = directory.registry.entry(key)
        let since =
            claimedSince ?? ((before?.leaseUntil ?? 0) > now.milliseconds ? before?.since : nil) ?? now.milliseconds
        claimedSince = since
        var entry = RegistryEntry()
        entry.application = application
        entry.since = since
        entry.leaseUntil = (now + lease).milliseconds
        entry.inbox = inbox
        entry.control = inbox
        entry.partitions = partitions
        entry.types = free.sorted()
        entry.subscriptions = []
        try mail.register(key, entry)
        return free.sorted()
    }
}

extension AgentSystem {
    /// The names of its types, sorted.
    public var typeNames: [String] { types.keys.sorted() }

    /// What its types listen to by declaration.
    public var subscriptions: [AgentSubscription] {
        types.values.sorted { $0.name < $1.name }.flatMap(\.subscriptions)
    }

    /// The tables that a step with an ``AgentGate`` declares.
    public var directoryTables: [GlobalTableDeclaration] { [AgentDirectory.registryTable(of: name)] }
}
