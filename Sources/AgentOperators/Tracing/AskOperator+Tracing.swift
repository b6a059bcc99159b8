import Observability
import StreamCore
import Topology

// MARK: - Traces and times of requests

extension AskOperator {
    /// The place of the request's own span; nil when it is not traced.
    ///
    /// Made of the idempotency key: the same after a crash, and whoever is asked by the handler is below it.
    func place(of entry: AskEntry) -> TraceContext? {
        guard context.tracer != nil, let trace = TraceContext(entry.record.headers), trace.isSampled else { return nil }
        return trace.child("invoke/\(entry.idempotencyKey)")
    }

    /// The headers that the handler sees, and that what comes of the request carries.
    func headers(for entry: AskEntry) -> Headers {
        place(of: entry)?.written(to: entry.record.headers) ?? entry.record.headers
    }

    /// Begins a run: spans of what it does go there.
    func trace(of entry: AskEntry) -> RunTrace? {
        guard let place = place(of: entry), let tracer = context.tracer else { return nil }
        return RunTrace(place, capturesContent: tracer.capturesContent, clock: context.clock)
    }

    /// Takes the spans that a run has left so far: the next commit makes them true.
    func takeSpans(of sequence: Int64) {
        guard let trace = calls[sequence]?.trace else { return }
        for span in trace.take() { context.emit(span) }
    }

    /// Tells of a request that has ended: how long it took, and its span.
    func tell(_ sequence: Int64, _ entry: AskEntry, failure: AgentFailure?, key: Key?, attempts: Int) {
        let now = context.clock.now()
        let start = begun.removeValue(forKey: sequence) ?? now
        context.measure(
            "ask_seconds", step: step, reason: failure?.code.rawValue ?? "answered", max(.zero, now - start))
        guard let place = place(of: entry) else { return }
        let parent = TraceContext(entry.record.headers)?.span
        let span = key.flatMap { parts.span?($0) } ?? .handler(of: step)
        var attributes = span.attributes
        attributes += [
            .init(SpanNames.step, step), .init(SpanNames.task, context.task.description),
            .init(SpanNames.request, entry.idempotencyKey), .init(SpanNames.attempts, attempts),
        ]
        if let failure { attributes.append(.init(SpanNames.errorType, failure.remoteCode ?? failure.code.rawValue)) }
        context.emit(
            Span(
                span.name, .internal, place, parent: parent, start: start, end: now, attributes: attributes,
                failure: failure.map { $0.description }))
    }
}
