import StreamCore
import Topology

/// Writes what the agents of a task send: messages to inboxes, replies to whoever asked, entries of the registry.
///
/// Belongs to the task's thread; what it writes leaves with the task's next commit.
final class AgentMail {
    private let context: TaskContext
    private let directory: AgentDirectory
    private let own: AgentRegistry.Route
    private let registry: String
    /// Where replies to this task's agents are to go.
    let replyAddress: MessageAddress

    private let writer: MessageWriter

    /// The longest reply that is kept for a request that comes again, in bytes.
    private static let keptReply = 64 << 10

    init(
        _ context: TaskContext, _ directory: AgentDirectory, step: String, own: AgentRegistry.Route, registry: String
    ) {
        self.context = context
        self.directory = directory
        self.own = own
        self.registry = registry
        replyAddress = MessageAddress(topic: own.control, partition: context.task.partition)
        writer = MessageWriter(context, step: step)
    }

    /// The way of `step`, which is no part of `system`, to its agents: who they are, and what takes messages to them.
    static func outside(
        _ system: AgentSystem, _ wiring: Wiring, step: String
    ) throws -> (directory: AgentDirectory, mail: AgentMail) {
        let directory = try AgentDirectory(
            wiring, system: system.name, types: system.types, Interventions(handlers: []))
        let own = AgentRegistry.Route(
            application: wiring.context.application, inbox: wiring.inbox("\(system.name)-inbox"),
            control: wiring.inbox("\(system.name)-control"), partitions: system.partitions)
        let mail = AgentMail(
            wiring.context, directory, step: step, own: own,
            registry: AgentDirectory.registryTopic(of: system.name))
        return (directory, mail)
    }

    /// Writes `envelope` to the inbox of its recipient; returns false when nobody hosts it.
    func send(_ envelope: AgentEnvelope) throws -> Bool {
        guard let route = destination(of: envelope.recipient) else { return false }
        try write(envelope.message, to: route.inbox, route.partitions)
        return true
    }

    /// Writes `envelope` to the application's own inbox, whether its recipient exists or not: the agents say so.
    func deliver(_ envelope: AgentEnvelope) throws { try write(envelope.message, to: own.inbox, own.partitions) }

    /// Tells whoever handles the request `id` that nobody waits for its reply any more.
    func cancel(_ id: String, of recipient: AgentID) throws {
        guard let route = destination(of: recipient) else { return }
        let envelope = AgentEnvelope(.cancel, id: id, to: recipient, from: nil)
        try write(envelope.message, to: route.control, route.partitions)
    }

    private func write(_ message: AgentMessage, to topic: String, _ partitions: Int32) throws {
        var message = message
        message.headers.entries += context.headers.withoutMessageFields.entries
        let partition = Murmur2.partition(message.key ?? .empty, of: partitions)
        try writer.send(message, to: MessageAddress(topic: topic, partition: partition), at: context.clock.now())
    }

    /// Where messages for `recipient` go; nil when nobody hosts it.
    private func destination(of recipient: AgentID) -> AgentRegistry.Route? {
        guard let type = directory.types[recipient.type] else {
            return directory.registry.route(of: recipient.type, now: context.clock.now())
        }
        return type.has(recipient.key) ? own : nil
    }

    /// Answers `envelope`; returns what to keep for the case that the request comes again.
    func reply(_ reply: AgentPayload?, to envelope: AgentEnvelope) throws -> Bytes {
        var message = AgentMessage(.reply, id: envelope.id)
        message.say(reply)
        message.sequence = 0
        try answer(message, envelope)
        let bytes = AgentCoding.bytes(of: reply)
        return bytes.count <= Self.keptReply ? bytes : .empty
    }

    /// Answers a request that came again as before; one whose reply was not kept gets an error that says so.
    func repeatReply(_ kept: Bytes, to envelope: AgentEnvelope) throws {
        guard !kept.isEmpty else {
            return try refuse(
                envelope,
                MessageError("alreadyAnswered", "request '\(envelope.id)' was answered before; its reply was not kept"))
        }
        _ = try reply(AgentCoding.reply(kept), to: envelope)
    }

    /// Answers `envelope` with an error.
    func refuse(_ envelope: AgentEnvelope, _ error: MessageError) throws {
        var message = AgentMessage(.error, id: envelope.id)
        message.error = error
        try answer(message, envelope)
    }

    private func answer(_ message: AgentMessage, _ envelope: AgentEnvelope) throws {
        guard let address = envelope.replyTo else { return context.drop(at: "reply", reason: "no address") }
        var message = message
        message.key = Bytes(envelope.sender?.key ?? envelope.recipient.key)
        message.sender = envelope.recipient.description
        message.headers = envelope.headers
        try writer.send(message, to: address, at: context.clock.now())
    }

    /// Writes an entry of the registry; nil removes it.
    func register(_ key: String, _ entry: RegistryEntry?) throws {
        context.outputs.append(
            to: TopicPartition(registry, 0), key: Bytes(key),
            value: try entry.flatMap { try Serde<RegistryEntry>.json().encode($0) }, timestamp: context.clock.now())
    }
}
