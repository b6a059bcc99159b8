import AgentOperators
import StreamCore
import Topology

/// Lets a Python runtime's requests in to the agents.
///
/// Belongs to the task's thread.
final class HostDesk {
    private let context: TaskContext
    private let step: String
    private let gate: AgentGate
    private let replies: String
    private let partitions: Int32

    init(_ wiring: Wiring, _ system: AgentSystem, step: String, replies: String) throws {
        context = wiring.context
        self.step = step
        gate = try AgentGate(wiring, to: system, step: step)
        self.replies = wiring.inbox(replies)
        partitions = wiring.partitions(of: self.replies)
    }

    /// Takes a request: to an agent here, or to somebody else.
    func take(_ record: Record<Bytes?, RequestEvent>) throws {
        let event = record.value
        guard let recipient = event.recipient else {
            return try context.fail(
                MessageFormatError("RequestEvent: member 'recipient' is missing"), at: step, .decode)
        }
        guard gate.hosts(recipient.type) else {
            return context.count("requests_passed_over", step: step, reason: "another runtime's")
        }
        guard let id = event.requestID, !id.isEmpty else {
            return try context.fail(
                MessageFormatError("RequestEvent: member 'request_id' is missing"), at: step, .decode)
        }
        do {
            let native = try NativeErrors.read(context.headers)
            var headers = Headers()
            if let caller = event.sender { headers.append(HostHeader.caller, caller.description) }
            TraceFields.write(event.metadata, to: &headers)
            let message = AgentGate.Message(
                id: id, sender: event.sender.flatMap { $0.type == AutoGenCodec.nobody ? nil : $0 },
                payload: AgentPayload(
                    type: event.payloadType ?? "", contentType: event.payloadFormat ?? AgentPayload.json,
                    bytes: event.payload ?? .empty),
                replyTo: MessageAddress(topic: replies, partition: Murmur2.partition(Bytes(id), of: partitions)),
                deadline: native.deadline, headers: headers)
            _ = try gate.deliver(message, to: recipient)
        } catch let error as MessageFormatError {
            try context.fail(error, at: step, .decode)
        }
    }
}

/// Sends the agents' replies to the Python runtime that asked.
///
/// Belongs to the task's thread.
final class HostReplies {
    private let context: TaskContext
    private let step: String
    private let topic: String
    private let serde: Serde<ResponseEvent>
    private var writer: MessageWriter?

    init(_ context: TaskContext, _ wire: AutoGenWire, step: String) {
        self.context = context
        self.step = step
        topic = wire.topics.responses
        serde = wire.responses.value
        writer = MessageWriter(context, step: step) { [weak self] refused in try self?.refused(refused) }
    }

    /// Sends a native reply or error as response.
    func send(_ record: MessageRecord) throws {
        let message: AgentMessage
        do { message = try NativeMessageCodec().read(record, as: .reply) } catch {
            return try context.fail(error, at: step, .decode)
        }
        guard message.kind == .reply || message.kind == .error, !message.id.isEmpty else {
            return context.drop(at: step, reason: "a \(message.kind.rawValue) is no reply")
        }
        var event = ResponseEvent(requestID: message.id, metadata: TraceFields.members(of: message.headers))
        var headers = message.headers
        headers.entries.removeAll { $0.name == HostHeader.caller }
        if let error = message.error {
            event.error = error.message
            NativeErrors.write(error, to: &headers)
        } else {
            event.sender = message.sender.flatMap { try? AgentID(parsing: $0) }
            event.recipient = message.headers[HostHeader.caller].flatMap { try? AgentID(parsing: $0) }
            if let payload = message.payload {
                event.payload = payload
                event.payloadType = message.type
                event.payloadFormat = message.contentType ?? AgentPayload.json
            }
        }
        try write(event, headers)
    }

    private func write(_ event: ResponseEvent, _ headers: Headers) throws {
        let value: Bytes?
        do { value = try serde.encode(event) } catch { return try context.fail(error, at: step, .encode) }
        let record = MessageRecord(key: event.requestID.map { Bytes($0) }, value: value, headers: headers)
        try writer?.send(record, to: MessageAddress(topic: topic), at: context.clock.now())
        // Somebody waits.
        context.requestCommit()
    }

    /// Tells the asker of a reply that its topic does not take.
    private func refused(_ output: RefusedOutput) throws {
        guard output.isTooLarge, let key = output.record.key?.utf8, output.record.headers[Self.retold] == nil else {
            return context.sendDeadLetter(
                output.record, from: output.destination, at: step, .produce, message: output.reason)
        }
        context.count("messages_refused", step: step, reason: "too large")
        var headers = Headers()
        headers.append(Self.retold, "true")
        let error = MessageError("tooLarge", "the reply is too large: \(output.reason)")
        NativeErrors.write(error, to: &headers)
        try write(ResponseEvent(requestID: key, error: error.message), headers)
    }

    private static let retold = "autogen.too-large"
}
