import StreamCore

extension OTLPRequest {
    /// By opentelemetry-proto's `ExportTraceServiceRequest`; the numbers are its fields'.
    var protobuf: [UInt8] {
        var request = ProtobufWriter()
        request.message(1) { resourceSpans in
            resourceSpans.message(1) { writer in
                for (name, value) in resource.sorted(by: { $0.key < $1.key }) {
                    Self.attribute(1, name, .text(value), to: &writer)
                }
            }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { $0.text(1, Self.scope) }
                for span in spans { scopeSpans.message(2) { Self.write(span, to: &$0) } }
            }
        }
        return request.bytes
    }

    private static func write(_ span: Span, to writer: inout ProtobufWriter) {
        writer.run(1, bytes(span.context.traceHigh) + bytes(span.context.traceLow))
        writer.run(2, bytes(span.context.span))
        if let state = span.context.state { writer.text(3, state) }
        if let parent = span.parent { writer.run(4, bytes(parent)) }
        writer.text(5, span.name)
        writer.number(6, UInt64(span.kind.rawValue))
        writer.fixed(7, nanoseconds(span.start))
        writer.fixed(8, nanoseconds(span.end))
        for each in span.attributes { attribute(9, each.name, each.value, to: &writer) }
        if let failure = span.failure {
            writer.message(15) { status in
                status.text(2, failure)
                status.number(3, 2)
            }
        }
        writer.fixed(16, UInt32(span.context.flags))
    }

    private static func attribute(
        _ field: Int, _ name: String, _ value: Span.Attribute.Value, to writer: inout ProtobufWriter
    ) {
        writer.message(field) { pair in
            pair.text(1, name)
            pair.message(2) { write(value, to: &$0) }
        }
    }

    private static func write(_ value: Span.Attribute.Value, to writer: inout ProtobufWriter) {
        switch value {
        case .text(let text): writer.text(1, text)
        case .flag(let flag): writer.number(2, flag ? 1 : 0)
        case .integer(let number): writer.number(3, UInt64(bitPattern: number))
        case .number(let number): writer.fixed(4, number.bitPattern)
        case .texts(let texts):
            writer.message(5) { values in for text in texts { values.message(1) { $0.text(1, text) } } }
        }
    }

    private static func nanoseconds(_ time: Timestamp) -> UInt64 {
        UInt64(max(0, time.milliseconds)).multipliedReportingOverflow(by: 1_000_000).partialValue
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
    }
}
