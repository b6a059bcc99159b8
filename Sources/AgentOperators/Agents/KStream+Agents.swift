public import StreamCore
public import StreamDSL
public import Topology

extension KStream where Value: Codable {
    /// Sends every record to an agent as a message; nobody hears what comes of it.
    ///
    /// - Parameters:
    ///   - system: the agents.
    ///   - name: names the step, and so the messages' ids.
    ///   - recipient: who gets a record's message.
    /// - Returns: the statement that puts the step into a topology.
    public func tell(
        _ system: AgentSystem, named name: String,
        to recipient: @escaping @Sendable (Record<Key, Value>) throws -> AgentID
    ) -> Terminal {
        sending("tell", system, name) { post, record in
            let recipient = try recipient(record)
            guard try post.tell(AgentPayload(record.value), to: recipient) else {
                throw AgentError("undeliverable", "nobody hosts agents of type '\(recipient.type)'")
            }
        }
    }

    /// Publishes every record to agents.
    ///
    /// - Parameters:
    ///   - system: the agents.
    ///   - name: names the step, and so the messages' ids.
    ///   - topic: where a record's message is published.
    /// - Returns: the statement that puts the step into a topology.
    public func publish(
        _ system: AgentSystem, named name: String, to topic: @escaping @Sendable (Record<Key, Value>) throws -> TopicID
    ) -> Terminal {
        sending("publish", system, name) { post, record in
            try post.publish(AgentPayload(record.value), to: topic(record))
        }
    }

    private func sending(
        _ kind: String, _ system: AgentSystem, _ name: String,
        _ send: @escaping @Sendable (AgentPost, Record<Key, Value>) throws -> Void
    ) -> Terminal {
        let node = PlanNode(
            name, isNamedByUser: true, .operation(kind), parents: [node],
            globals: [AgentDirectory.registryTable(of: system.name)]
        ) { wiring, node in
            let step = wiring.label(of: node)
            let post = try AgentPost(wiring, system, step: step)
            let context = wiring.context
            receive(in: wiring) { record in
                do {
                    try send(post, record)
                } catch {
                    try context.fail(error, at: step, .process)
                }
            }
        }
        return Terminal(node)
    }
}

/// Writes what a stream says to agents; belongs to the task's thread.
final class AgentPost {
    private let context: TaskContext
    private let directory: AgentDirectory
    private let mail: AgentMail
    private var names: RequestNames

    init(_ wiring: Wiring, _ system: AgentSystem, step: String) throws {
        context = wiring.context
        (directory, mail) = try AgentMail.outside(system, wiring, step: step)
        names = RequestNames(prefix: "\(context.incarnation)/\(step)/\(context.task)", followsAsk: true)
    }

    /// Sends a message; returns false when nobody hosts the recipient.
    func tell(_ payload: AgentPayload, to recipient: AgentID) throws -> Bool {
        try mail.send(AgentEnvelope(.message, id: nextID(), to: recipient, from: nil, payload: payload))
    }

    func publish(_ payload: AgentPayload, to topic: TopicID) throws {
        let id = nextID()
        for recipient in directory.recipients(of: topic, from: nil) {
            var envelope = AgentEnvelope(.message, id: id, to: recipient, from: nil, payload: payload)
            envelope.topic = topic
            guard try mail.send(envelope) else { continue }
        }
    }

    private func nextID() -> String { names.name(for: context.current, from: context.source) }
}
