import AgentOperators
import JSON
import StreamCore
import Topology

/// Lets a Python runtime's published messages in to the agents that listen.
///
/// Belongs to the task's thread.
final class ArrivalDesk {
    private let context: TaskContext
    private let step: String
    private let gate: AgentGate
    private let system: String
    private let takesDirectTopics: Bool

    init(_ wiring: Wiring, _ system: AgentSystem, step: String, takesDirectTopics: Bool) throws {
        context = wiring.context
        self.step = step
        self.system = system.name
        self.takesDirectTopics = takesDirectTopics
        gate = try AgentGate(wiring, to: system, step: step)
    }

    func take(_ record: Record<Bytes?, CloudEvent>) throws {
        let event = record.value
        // What agents of the system published has reached all who listen by the system's own way.
        guard context.headers[HostHeader.system] != system else {
            return context.count("publications_passed_over", step: step, reason: "the system's own")
        }
        do {
            let topic = try TopicID(parsing: "\(event.type)/\(event.source)")
            guard topic.type == event.type else {
                throw MessageFormatError("CloudEvent: 'type' is '\(event.type)': a topic's type has no slash")
            }
            var headers = Headers()
            TraceFields.write(event.extensions, to: &headers)
            let message = AgentGate.Message(
                id: event.id, sender: try sender(of: event), payload: payload(of: event), headers: headers)
            let reached = try gate.publish(message, to: topic, besides: direct(topic))
            if reached.isEmpty { context.count("publications_passed_over", step: step, reason: "nobody listens") }
        } catch let error as AgentNameError {
            try context.fail(error, at: step, .decode)
        } catch let error as MessageFormatError {
            try context.fail(error, at: step, .decode)
        }
    }

    private func sender(of event: CloudEvent) throws -> AgentID? {
        guard let type = event.attribute(CloudEvent.Attribute.senderType),
            let key = event.attribute(CloudEvent.Attribute.senderKey), type != AutoGenCodec.nobody
        else { return nil }
        return try AgentID(parsing: "\(type)/\(key)")
    }

    private func payload(of event: CloudEvent) -> AgentPayload {
        let bytes: Bytes =
            switch event.data {
            case .bytes(let bytes): bytes
            case .json(let value): value.pythonBytes
            case nil: .empty
            }
        return AgentPayload(
            type: event.dataSchema ?? "", contentType: event.dataContentType ?? AgentPayload.json, bytes: bytes)
    }

    /// The type that a topic such as `writer:` or `writer:rpc_request=critic` names.
    private func direct(_ topic: TopicID) -> [String] {
        guard takesDirectTopics, let colon = topic.type.firstIndex(of: ":") else { return [] }
        return [String(topic.type[..<colon])]
    }
}

/// Lets the agents' published messages out to Python.
///
/// Belongs to the task's thread.
final class DepartureDesk {
    private let context: TaskContext
    private let step: String
    private let system: String
    private let topic: String
    private let serde: Serde<CloudEvent>
    private let writer: MessageWriter

    init(_ context: TaskContext, _ wire: AutoGenWire, system: String, step: String) {
        self.context = context
        self.step = step
        self.system = system
        topic = wire.topics.publishes
        serde = wire.publishes.value
        writer = MessageWriter(context, step: step)
    }

    func send(_ publication: AgentPublication) throws {
        let topic = publication.topic
        let event = CloudEvent(
            type: topic.type, source: topic.source, id: publication.id, time: UTCText.of(context.clock.now()),
            dataContentType: publication.payload.contentType, dataSchema: publication.payload.type,
            subject: topic.source, data: .bytes(publication.payload.bytes),
            extensions: [
                JSONMember(CloudEvent.Attribute.senderType, JSONValue(publication.sender?.type)),
                JSONMember(CloudEvent.Attribute.senderKey, JSONValue(publication.sender?.key)),
                JSONMember(CloudEvent.Attribute.kind, "publish"),
            ] + TraceFields.members(of: context.headers))
        let value: Bytes?
        do { value = try serde.encode(event) } catch { return try context.fail(error, at: step, .encode) }
        var headers = context.headers
        headers.set(HostHeader.system, system)
        let record = MessageRecord(key: Bytes(topic.description), value: value, headers: headers)
        try writer.send(record, to: MessageAddress(topic: self.topic), at: context.clock.now())
    }
}
