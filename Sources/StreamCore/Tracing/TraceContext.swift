/// Where in which trace something happens: the W3C Trace Context (version 00), as headers and fields carry it.
///
/// Its text is `00-<32 hexadecimal digits: trace>-<16: span>-<2: flags>`, the value of the header `traceparent`.
public struct TraceContext: Sendable, Hashable, CustomStringConvertible {
    /// The header that carries the trace and the span.
    public static let header = "traceparent"
    /// The header that carries what vendors add.
    public static let stateHeader = "tracestate"

    /// The trace, its first half; both halves together are never 0.
    public let traceHigh: UInt64
    /// The trace, its second half.
    public let traceLow: UInt64
    /// The span that this belongs to; never 0.
    public let span: UInt64
    /// Bit 0 says that the trace is recorded.
    public let flags: UInt8
    /// What vendors add, passed on as it is; nil when there is nothing.
    public let state: String?

    /// A place in a trace; nil when the trace or the span is 0, which the standard forbids.
    public init?(traceHigh: UInt64, traceLow: UInt64, span: UInt64, flags: UInt8 = 1, state: String? = nil) {
        guard traceHigh != 0 || traceLow != 0, span != 0 else { return nil }
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.flags = flags
        self.state = state
    }

    /// Reads a `traceparent`; nil when it is not one, so that the trace begins anew, as the standard says.
    public init?(traceparent text: String, state: String? = nil) {
        let utf8 = Array(text.utf8)
        guard utf8.count >= 55, utf8[2] == 45, utf8[35] == 45, utf8[52] == 45,
            let version = Self.number(utf8[0..<2]), version != 0xff,
            utf8.count == 55 || (version > 0 && utf8[55] == 45),
            let high = Self.number(utf8[3..<19]), let low = Self.number(utf8[19..<35]),
            let span = Self.number(utf8[36..<52]), let flags = Self.number(utf8[53..<55])
        else { return nil }
        self.init(
            traceHigh: high, traceLow: low, span: span, flags: UInt8(truncatingIfNeeded: flags),
            state: state.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Reads the headers of a record; nil when they carry no trace or a malformed one.
    public init?(_ headers: Headers) {
        guard let parent = headers[Self.header] else { return nil }
        self.init(traceparent: parent, state: headers[Self.stateHeader])
    }

    /// Whether the trace is recorded.
    public var isSampled: Bool { flags & 1 == 1 }

    /// The value of the header `traceparent`.
    public var description: String {
        "00-\(traceID)-\(spanID)-" + Self.digits(UInt64(flags), 2)
    }

    /// The trace in 32 hexadecimal digits.
    public var traceID: String { Self.digits(traceHigh, 16) + Self.digits(traceLow, 16) }

    /// The span in 16 hexadecimal digits.
    public var spanID: String { Self.digits(span, 16) }

    /// The same trace at another span; nil when `span` is 0.
    public func with(span: UInt64) -> TraceContext? {
        TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: span, flags: flags, state: state)
    }

    /// Replaces the trace in `headers` by this one.
    public func write(to headers: inout Headers) {
        headers.set(Self.header, description)
        headers.entries.removeAll { $0.name == Self.stateHeader }
        if let state { headers.append(Self.stateHeader, state) }
    }

    /// The number that lower-case hexadecimal digits say; nil when one is none.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case 48...57: number = number << 4 | UInt64(digit - 48)
            case 97...102: number = number << 4 | UInt64(digit - 87)
            default: return nil
            }
        }
        return number
    }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
