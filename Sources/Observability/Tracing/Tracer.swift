public import StreamCore

/// Takes the spans of what has become true.
public protocol SpanSink: Sendable {
    /// Takes `spans`, at once and without waiting; what there is no room for is dropped and counted.
    func take(_ spans: [Span])
}

/// Decides what is traced, and where the spans go.
///
/// A record whose `traceparent` says that it is recorded is traced; one that says it is not is passed on as it is. A record
/// without one begins a trace for a share of all records, which is decided by the record's place, so that every run
/// decides alike.
public struct Tracer: Sendable {
    /// Which share of the records without a trace begin one: 0 none, 1 all.
    public let ratio: Double
    /// Whether traces that others began are continued.
    public let followsParents: Bool
    /// What carries the records, as `messaging.system` says.
    public let messagingSystem: String
    /// Whether spans may hold what models and tools were told and said.
    public let capturesContent: Bool
    private let sink: any SpanSink
    private let threshold: UInt64

    /// A tracer.
    public init(
        ratio: Double = 0, followsParents: Bool = true, messagingSystem: String = "kafka",
        capturesContent: Bool = false,
        sink: any SpanSink
    ) {
        self.ratio = ratio.isFinite ? min(1, max(0, ratio)) : 0
        self.followsParents = followsParents
        self.messagingSystem = messagingSystem
        self.capturesContent = capturesContent
        self.sink = sink
        threshold = self.ratio >= 1 ? .max : UInt64(self.ratio * 0x1p63)
    }

    /// Where in which trace what carries `headers` is; nil when it is not traced.
    ///
    /// - Parameters:
    ///   - headers: the record's.
    ///   - name: names the record, for the case that it begins a trace.
    /// - Returns: the trace and the span that caused this; the span is nil when the trace begins here.
    public func arrival(_ headers: Headers, named name: @autoclosure () -> String) -> (
        trace: TraceContext, parent: UInt64?
    )? {
        if !headers.isEmpty, let trace = TraceContext(headers) {
            return trace.isSampled && followsParents ? (trace, trace.span) : nil
        }
        guard threshold > 0, let trace = TraceContext.beginning(name()) else { return nil }
        // As the specification's ratio sampler does: the trace's last 63 bits decide, here and wherever it goes on.
        guard threshold == .max || trace.traceLow >> 1 < threshold else { return nil }
        return (trace, nil)
    }

    /// Gives `spans` away: they have become true.
    public func export(_ spans: [Span]) { if !spans.isEmpty { sink.take(spans) } }
}
