import Observability
import StreamCore
import Topology

// MARK: - Spans of what handlers say

extension AgentHost {
    /// Names the place of what a handler wants done: the same after a crash.
    static func place(of operation: StepOperation) -> String { "send/\(operation.id)" }

    /// Tells of a message that was sent in passing, by the handler whose span is `parent`.
    func tell(of name: String, _ operation: StepOperation, _ place: TraceContext?, below parent: UInt64?) {
        guard let place, let tracer = context.tracer else { return }
        context.emit(
            Span(
                name, .producer, place, parent: parent, start: operation.askedAt,
                end: context.clock.now(), attributes: attributes(operation, tracer)))
    }

    /// Tells of a question that has its answer, or will have none.
    func tellEnd(of operation: StepOperation, _ answer: StepAnswer) {
        guard let trace = context.trace, let tracer = context.tracer,
            let envelope = try? AgentCoding.envelope(operation.payload)
        else { return }
        var failure: String?
        switch answer {
        case .answered(.success): break
        case .answered(.failure(let error)): failure = error.description
        case .expired: failure = "no reply in time"
        case .cancelled: failure = "nobody waits any more"
        }
        context.emit(
            Span(
                SpanNames.send(envelope.recipient.type), .client, trace.child(Self.place(of: operation)),
                parent: trace.span, start: operation.askedAt, end: context.clock.now(),
                attributes: attributes(operation, tracer) + [.init(SpanNames.agentID, envelope.recipient.description)],
                failure: failure))
    }

    private func attributes(_ operation: StepOperation, _ tracer: Tracer) -> [Span.Attribute] {
        [
            .init(SpanNames.messagingSystem, tracer.messagingSystem), .init(SpanNames.messagingOperation, "send"),
            .init(SpanNames.messagingOperationType, "send"), .init(SpanNames.messagingMessageID, operation.id),
            .init(SpanNames.task, context.task.description),
        ]
    }
}
