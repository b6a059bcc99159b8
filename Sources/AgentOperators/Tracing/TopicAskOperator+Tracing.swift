import Observability
import StreamCore
import Topology

// MARK: - Traces and times of requests to topics

extension TopicAskOperator {
    /// The place of the request's own span; nil when it is not traced.
    private func place(of entry: AskEntry) -> TraceContext? {
        guard context.tracer != nil, let trace = TraceContext(entry.record.headers), trace.isSampled else { return nil }
        return trace.child("ask/\(entry.idempotencyKey)")
    }

    /// The headers that the request carries, and what comes of it.
    func headers(for entry: AskEntry) -> Headers {
        place(of: entry)?.written(to: entry.record.headers) ?? entry.record.headers
    }

    /// Tells of a request that has ended: how long it took, and its span.
    func tell(_ sequence: Int64, _ item: AskQueue.Item, _ outcome: Result<AgentMessage, AgentFailure>) {
        let now = context.clock.now()
        let start = begun.removeValue(forKey: sequence) ?? now
        var failure: AgentFailure?
        if case .failure(let known) = outcome { failure = known }
        context.measure(
            "ask_seconds", step: step, reason: failure?.code.rawValue ?? "answered", max(.zero, now - start))
        guard let place = place(of: item.entry), let tracer = context.tracer else { return }
        var attributes: [Span.Attribute] = [
            .init(SpanNames.messagingSystem, tracer.messagingSystem), .init(SpanNames.messagingOperation, "send"),
            .init(SpanNames.messagingOperationType, "send"), .init(SpanNames.messagingDestination, remote.name),
            .init(SpanNames.messagingConversation, item.entry.idempotencyKey), .init(SpanNames.step, step),
            .init(SpanNames.task, context.task.description), .init(SpanNames.attempts, item.attempts),
        ]
        if let failure { attributes.append(.init(SpanNames.errorType, failure.remoteCode ?? failure.code.rawValue)) }
        context.emit(
            Span(
                SpanNames.ask(remote.name), .client, place, parent: TraceContext(item.entry.record.headers)?.span,
                start: start, end: now, attributes: attributes, failure: failure.map { $0.description }))
    }
}
