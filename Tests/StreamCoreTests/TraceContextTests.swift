import StreamCore
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a traceparent is read and written as it was")
    func roundTrip() throws {
        let context = try #require(TraceContext(traceparent: Self.text, state: "vendor=1"))
        #expect(context.description == Self.text)
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        var headers = Headers([Headers.Entry(name: "traceparent", value: Bytes("old"))])
        context.write(to: &headers)
        #expect(TraceContext(headers) == context)
        #expect(headers.entries.count == 2)
    }

    @Test(
        "what is no traceparent begins a new trace instead of failing",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "ff" + text.dropFirst(2), text + "-more",
            text.uppercased(), "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", text.replacing("-", with: "_"),
        ])
    func refused(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test("a later version with more fields is read as far as it is known")
    func laterVersion() {
        #expect(TraceContext(traceparent: "01" + Self.text.dropFirst(2) + "-more")?.spanID == "00f067aa0ba902b7")
    }
}
