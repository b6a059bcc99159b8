public import Observability
public import StreamCore

/// The span of the record that a task works on.
struct OpenSpan {
    let trace: TraceContext
    let parent: UInt64?
    let start: Timestamp
}

// MARK: - Tracing and timing

extension TaskContext {
    /// How many spans a commit may hold: what comes beyond is dropped and counted.
    private static let spanLimit = 4_096

    /// Where in which trace the work at hand is; nil when it is not traced.
    public var trace: TraceContext? {
        guard tracer != nil, let trace = TraceContext(headers), trace.isSampled else { return nil }
        return trace
    }

    /// Adds a span that is true as soon as the task's next commit is; an aborted commit takes it along.
    public func emit(_ span: Span) {
        guard tracer != nil else { return }
        guard spans.count < Self.spanLimit else { return count("spans_dropped", reason: "too many in a commit") }
        spans.append(span)
    }

    /// Counts that something at `step` took `duration`.
    public func measure(_ name: String, step: String = "", reason: String = "", _ duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        timings[Counters.Key(name, step: step, reason: reason), default: Histogram()].record(seconds)
    }

    /// Begins the span of `record`, when it is traced: outputs carry that span as their parent.
    func beginSpan(of record: LogRecord, _ tracer: Tracer) {
        openSpan = nil
        guard let (trace, parent) = tracer.arrival(record.headers, named: "\(incarnation)/\(source)@\(record.offset)")
        else { return }
        // Another application that reads the same record has a span of its own.
        let own = parent == nil ? trace : trace.child("\(application)/\(source)@\(record.offset)")
        headers = own.written(to: headers)
        headers.set(TraceCause.header, TraceCause.text(source, record.offset))
        openSpan = OpenSpan(trace: own, parent: parent, start: clock.now())
    }

    /// Ends the span that ``beginSpan(of:_:)`` began.
    func endSpan(of record: LogRecord) {
        guard let span = openSpan, let tracer else { return }
        openSpan = nil
        emit(
            Span(
                SpanNames.process(source.topic), .consumer, span.trace, parent: span.parent, start: span.start,
                end: clock.now(),
                attributes: [
                    .init(SpanNames.messagingSystem, tracer.messagingSystem),
                    .init(SpanNames.messagingOperation, "process"), .init(SpanNames.messagingOperationType, "process"),
                    .init(SpanNames.messagingDestination, source.topic),
                    .init(SpanNames.messagingPartition, String(source.partition)),
                    .init(SpanNames.messagingOffset, record.offset), .init(SpanNames.messagingGroup, application),
                    .init(SpanNames.task, task.description),
                ]))
    }

    /// Gives away what has become true with a commit.
    func publishMeasurements(to counters: Counters) {
        counters.add(times: timings)
        timings.removeAll(keepingCapacity: true)
        guard !spans.isEmpty else { return }
        tracer?.export(spans)
        spans.removeAll(keepingCapacity: true)
    }
}
