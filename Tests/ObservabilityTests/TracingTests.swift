import JSON
import StreamCore
import Synchronization
import Testing

@testable import Observability

@Suite("Tracer and its numbers")
struct TracingTests {
    private final class Box: SpanSink {
        let count = Mutex(0)
        func take(_ spans: [Span]) { count.withLock { $0 += spans.count } }
    }

    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func headers(_ parent: String) -> Headers { Headers([.init(name: "traceparent", value: Bytes(parent))]) }

    @Test("spans of one name are one span, of two names two; no span is 0")
    func places() throws {
        let trace = try #require(TraceContext(traceparent: Self.parent))
        #expect(trace.child("a") == trace.child("a"))
        #expect(trace.child("a").traceID == trace.traceID)
        let spans = Set((0..<100_000).map { trace.child("app/topic-0@\($0)").span })
        #expect(spans.count == 100_000)
        #expect(!spans.contains(0))
        #expect(TraceContext.beginning("x") == TraceContext.beginning("x"))
        #expect(TraceContext.beginning("x") != TraceContext.beginning("y"))
    }

    @Test("a parent decides; without one a share begins, the same at every run")
    func sampling() throws {
        let quiet = Tracer(ratio: 0, sink: Box())
        #expect(quiet.arrival(.none, named: "r") == nil)
        #expect(quiet.arrival(headers(Self.parent), named: "r")?.parent == 0x00f0_67aa_0ba9_02b7)
        let unsampled = String(Self.parent.dropLast()) + "0"
        #expect(Tracer(ratio: 1, sink: Box()).arrival(headers(unsampled), named: "r") == nil)
        #expect(Tracer(ratio: 1, followsParents: false, sink: Box()).arrival(headers(Self.parent), named: "r") == nil)
        let tenth = Tracer(ratio: 0.1, sink: Box())
        let begun = (0..<20_000).filter { tenth.arrival(.none, named: "record \($0)") != nil }
        #expect((1_700...2_300).contains(begun.count))
        #expect(begun == (0..<20_000).filter { tenth.arrival(.none, named: "record \($0)") != nil })
        #expect(Tracer(ratio: 1, sink: Box()).arrival(.none, named: "r")?.parent == .some(nil))
    }

    @Test(
        "a malformed traceparent is none",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", String(repeating: "é", count: 60),
        ])
    func malformed(text: String) {
        #expect(Tracer(ratio: 0, sink: Box()).arrival(headers(text), named: "r") == nil)
        #expect(Tracer(ratio: 1, sink: Box()).arrival(headers(text), named: "r")?.parent == .some(nil))
    }

    @Test("every name of a span and an attribute is in docs/tracing.md")
    func documented() throws {
        let page = try PrometheusTextTests.page("docs/tracing.md")
        let source = try PrometheusTextTests.page("Sources/Observability/Tracing/SpanNames.swift")
        for match in source.matches(of: /public static let \w+ = "([a-z_.]+)"/) {
            #expect(page.contains("`\(match.1)`"), "\(match.1) is not in the table")
        }
        for match in source.matches(of: #/-> String \{ "([a-z_ ]+) /#) {
            #expect(page.contains("`\(match.1) "), "\(match.1) is not in the table")
        }
    }
}
