import Operations
import StreamCore
import Topology

/// Brings the questions of one task's handlers to people, and what they decide back.
///
/// Questions and their fates are records of the topic `<application>-approvals`, written with what they follow from in
/// one transaction; decisions come by the step's control topic, from anybody.
final class ApprovalDesk: StepDelegate {
    private let context: TaskContext
    private let step: String
    private let topic: String
    private let answers: TopicPartition

    /// - Parameters:
    ///   - wiring: the task.
    ///   - step: the step whose handlers ask.
    ///   - control: the name of the inbox that takes decisions.
    init(_ wiring: Wiring, step: String, control: String) {
        context = wiring.context
        self.step = step
        topic = wiring.publishedTopic(ApprovalRecord.topicName)
        answers = TopicPartition(wiring.inbox(control), wiring.context.task.partition)
    }

    // MARK: Questions

    func send(_ operation: StepOperation, for request: AskEntry) throws -> Result<Bytes, AgentFailure>? {
        guard operation.kind == AskContext.approvalKind else {
            return .failure(failure("nobody here takes questions of kind '\(operation.kind)'", request))
        }
        let bytes = try ApprovalRecord.serde.encode(try record(operation, request)) ?? .empty
        // A status with a decision takes more than the question.
        if let limit = context.maxRecordBytes(of: topic), bytes.count * 2 > limit {
            let words =
                "the question takes \(bytes.count) bytes and topic '\(topic)' \(limit) with its answer: ask less"
            return .failure(failure(words, request))
        }
        publish(operation, bytes)
        context.count("approvals_requested", step: step)
        return nil
    }

    func note(_ operation: StepOperation, for request: AskEntry) throws {}

    func ended(_ operation: StepOperation, _ answer: StepAnswer, for request: AskEntry) throws {
        guard operation.kind == AskContext.approvalKind else { return }
        var record = try record(operation, request)
        switch answer {
        case .answered(.success(let bytes)):
            let decision = try Serde<ApprovalDecision>.json().decode(bytes)
            record.status = decision.isApproved ? .approved : .rejected
            (record.by, record.reason, record.edited) = (decision.by, decision.reason, decision.edited)
        case .expired: record.status = .expired
        case .answered(.failure), .cancelled: record.status = .cancelled
        }
        record.decidedAt = context.clock.now().milliseconds
        publish(operation, try ApprovalRecord.serde.encode(record) ?? .empty)
        context.count("approvals_ended", step: step, reason: record.status.rawValue)
    }

    private func record(_ operation: StepOperation, _ request: AskEntry) throws -> ApprovalRecord {
        let question = try Serde<ApprovalRequest>.json().decode(operation.payload)
        return ApprovalRecord(
            operation: operation.id, application: context.application, step: step, name: operation.name,
            key: request.key?.utf8 ?? "", prompt: question.prompt, details: question.details,
            requestedAt: operation.askedAt, expiresAt: operation.due ?? request.deadline, answer: answers)
    }

    private func publish(_ operation: StepOperation, _ bytes: Bytes) {
        context.outputs.append(
            to: TopicPartition(topic, 0), key: Bytes(ApprovalRecord.id(of: operation.id)), value: bytes,
            timestamp: context.clock.now(), headers: context.traceHeaders)
    }

    private func failure(_ words: String, _ request: AskEntry) -> AgentFailure {
        AgentFailure(.undeliverable, words, attempts: 0, idempotencyKey: request.idempotencyKey)
    }

    // MARK: Decisions

    /// Whether a record of a control topic is for the desk.
    static func isDecision(_ headers: Headers) -> Bool {
        headers[MessageHeader.kind] == MessageKind.decision.rawValue
    }

    /// Takes a record of the control topic; `resolve` knows the open questions.
    ///
    /// - Throws: what `resolve` and the error policy throw.
    func decide(_ headers: Headers, _ value: Bytes?, _ resolve: (String, Result<Bytes, AgentFailure>) throws -> Bool)
        throws
    {
        guard Self.isDecision(headers), let operation = headers[MessageHeader.id] else {
            return context.count("decisions_dropped", step: step, reason: "not a decision")
        }
        let bytes: Bytes?
        do {
            let vote = try ApprovalVote.serde.decode(value)
            guard let verdict = ApprovalDecision.Verdict(rawValue: vote.verdict), verdict != .expired else {
                throw SerdeError(
                    .malformed, serde: "decision", reason: "verdict '\(vote.verdict)' is neither approved nor rejected")
            }
            bytes = try Serde<ApprovalDecision>.json().encode(
                ApprovalDecision(verdict, by: vote.by ?? "", reason: vote.reason ?? "", edited: vote.edited))
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        guard let bytes, try resolve(operation, .success(bytes)) else {
            return context.count("decisions_dropped", step: step, reason: "not open")
        }
        context.count("decisions_taken", step: step)
    }
}
