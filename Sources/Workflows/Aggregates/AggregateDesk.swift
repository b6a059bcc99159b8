import AgentOperators
import StreamCore
import Topology

/// Reads commands that come as requests, and writes what became of them to whoever asked.
final class AggregateDesk<Command: Codable & Sendable, Rejection: Codable & Sendable> {
    typealias Outcome = CommandOutcome<Rejection>

    private let context: TaskContext
    private let step: String
    private let topic: RequestTopic<CommandMessage<Command>, Outcome>
    private let writer: MessageWriter
    private let tell: Receiver<String, Outcome>
    private let decide: (Record<String, CommandMessage<Command>>) throws -> Outcome

    init(
        _ context: TaskContext, step: String, topic: RequestTopic<CommandMessage<Command>, Outcome>,
        tell: @escaping Receiver<String, Outcome>,
        decide: @escaping (Record<String, CommandMessage<Command>>) throws -> Outcome
    ) {
        self.context = context
        self.step = step
        self.topic = topic
        writer = MessageWriter(context, step: step, codec: topic.codec)
        self.tell = tell
        self.decide = decide
    }

    func take(_ record: Record<Bytes?, Bytes?>) throws {
        let request: AgentMessage
        do {
            request = try topic.codec.read(
                MessageRecord(key: record.key, value: record.value, headers: context.headers), as: .request)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        // A command that is taken back may be decided already: whoever asked does not wait, that is all.
        guard request.kind == .request else { return }
        guard let key = request.key?.utf8, !key.isEmpty else {
            return try refuse(request, record, "unreadable", EmptyAggregateKey(), .decode)
        }
        let message: CommandMessage<Command>
        do { message = try topic.request.decode(request.payload) } catch {
            return try refuse(request, record, "unreadable", error, .decode)
        }
        let outcome: Outcome
        do { outcome = try decide(Record(key: key, value: message, timestamp: record.timestamp)) } catch {
            return try refuse(request, record, "failed", error, .process)
        }
        try tell(Record(key: key, value: outcome, timestamp: record.timestamp))
        var reply = AgentMessage(.reply, id: request.id)
        reply.payload = try topic.reply.encode(outcome)
        try send(reply, to: request, at: record.timestamp)
    }

    private func refuse(
        _ request: AgentMessage, _ record: Record<Bytes?, Bytes?>, _ code: String, _ error: any Error, _ stage: Stage
    ) throws {
        try context.fail(error, at: step, stage)
        var reply = AgentMessage(.error, id: request.id)
        reply.error = MessageError(code, "\(error)")
        try send(reply, to: request, at: record.timestamp)
    }

    /// Where nobody is named who waits there is nobody to tell.
    private func send(_ reply: AgentMessage, to request: AgentMessage, at timestamp: Timestamp) throws {
        let address: MessageAddress?
        switch topic.replies {
        case .asker: address = request.replyTo
        case .topic(let name): address = MessageAddress(topic: name)
        }
        guard let address else { return context.count("replies_unwanted", step: step) }
        var reply = reply
        reply.key = request.key
        reply.headers = request.headers
        try writer.send(reply, to: address, at: timestamp)
    }
}

/// A command whose record has no key: nobody knows for which aggregate it is.
struct EmptyAggregateKey: Error, CustomStringConvertible {
    var description: String { "the command's record must have the aggregate's key, as text" }
}
