import StreamCore
import Topology

/// Takes what comes back to the agents of a task: replies to what they asked, errors, decisions, cancellations.
///
/// Belongs to the task's thread.
final class AgentControl {
    private let step: String
    private let context: TaskContext
    private let asking: AskOperator<AgentID, Bytes?, AgentOutcome>
    private let desk: ApprovalDesk

    init(
        step: String, context: TaskContext, asking: AskOperator<AgentID, Bytes?, AgentOutcome>, desk: ApprovalDesk
    ) {
        self.step = step
        self.context = context
        self.asking = asking
        self.desk = desk
    }

    /// Takes a record of the control inbox.
    func take(_ record: MessageRecord) throws {
        guard !ApprovalDesk.isDecision(record.headers) else {
            return try desk.decide(record.headers, record.value) { try asking.resolve($0, $1) }
        }
        let message: AgentMessage
        do {
            message = try NativeMessageCodec().read(record, as: .reply)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        switch message.kind {
        case .reply, .error: try resolve(message)
        case .cancel: try cancel(record)
        case .partial: context.drop(at: step, reason: "unexpected part of a reply")
        case .decision, .request, .message:
            try context.fail(
                MessageFormatError("a record of kind '\(message.kind.rawValue)' in a control inbox"), at: step, .decode)
        }
    }

    private func resolve(_ message: AgentMessage) throws {
        let answer: Result<Bytes, AgentFailure> =
            if let error = message.error {
                .failure(error.failure(of: message.id))
            } else {
                .success(AgentCoding.bytes(of: AgentPayload(of: message)))
            }
        if try !asking.resolve(message.id, answer) { context.drop(at: step, reason: "late or second reply") }
    }

    private func cancel(_ record: MessageRecord) throws {
        let envelope: AgentEnvelope
        do {
            envelope = try AgentEnvelope(record)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        if try !asking.cancel(envelope.identity) { context.drop(at: step, reason: "nothing to cancel") }
    }
}
