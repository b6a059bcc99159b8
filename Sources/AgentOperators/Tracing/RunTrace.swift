import Observability
import StreamCore
import Synchronization

/// Where one run of a traced handler leaves the spans of what it does: models, tools.
///
/// Handlers run on other threads than their task: the task takes the spans together with the steps that they are about, so
/// that they become true by the same commit.
final class RunTrace: Sendable {
    /// The run at hand; nil in a handler that is not traced, and outside of handlers.
    @TaskLocal static var current: RunTrace?

    /// The request's own span: the parent of all of these.
    let place: TraceContext
    /// Whether spans may hold what was told and said.
    let capturesContent: Bool
    private let clock: any WallClock
    private let spans = Mutex<[Span]>([])

    init(_ place: TraceContext, capturesContent: Bool, clock: any WallClock) {
        self.place = place
        self.capturesContent = capturesContent
        self.clock = clock
    }

    func take() -> [Span] {
        spans.withLock { spans in
            guard !spans.isEmpty else { return [] }
            defer { spans.removeAll() }
            return spans
        }
    }

    /// Runs `body` as a span of the run at hand; just runs it when there is none.
    ///
    /// - Parameters:
    ///   - name: the span's.
    ///   - kind: how it stands to other processes.
    ///   - key: names what is done for ever: a run after a crash that does it again has the same span.
    ///   - attributes: what is known before.
    ///   - result: what is known after; the argument says whether content may be told.
    ///   - body: does it.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    static func span<Value>(
        _ name: String, _ kind: Span.Kind, key: String, _ attributes: [Span.Attribute],
        result: (Value, Bool) -> [Span.Attribute], _ body: () async throws -> Value
    ) async throws -> Value {
        guard let trace = current else { return try await body() }
        let start = trace.clock.now()
        let value: Value
        do {
            value = try await body()
        } catch {
            // A failed try is followed by others of the same key: each is a span of its own.
            trace.note(name, kind, "\(key)/failed at \(start.milliseconds)", start, attributes, "\(error)")
            throw error
        }
        trace.note(name, kind, key, start, attributes + result(value, trace.capturesContent), nil)
        return value
    }

    private func note(
        _ name: String, _ kind: Span.Kind, _ key: String, _ start: Timestamp, _ attributes: [Span.Attribute],
        _ failure: String?
    ) {
        let span = Span(
            name, kind, place.child("step/\(key)"), parent: place.span, start: start, end: clock.now(),
            attributes: attributes, failure: failure)
        spans.withLock { spans in if spans.count < 1_000 { spans.append(span) } }
    }
}
