public import StreamCore

extension Envelope {
    /// Where in which trace the message stands: what the record's header `traceparent` says, else its `trace_id`.
    ///
    /// Aika's trace ids are UUIDs: their 32 digits are a W3C trace id. The span is then made of the message's id, so that it
    /// is the same whoever asks. Nil when neither says a trace.
    public func trace(_ headers: Headers) -> TraceContext? {
        if let context = TraceContext(headers) { return context }
        guard let text = metadata.trace, let bits = Self.traceBits(text) else { return nil }
        return TraceContext(
            traceHigh: bits.high, traceLow: bits.low, span: EnvelopeID.hash(id, 0xcbf2_9ce4_8422_2325) | 1)
    }

    /// Says `context` in `trace_id`, unless the message names another trace already.
    public mutating func join(_ context: TraceContext) {
        guard metadata.trace == nil else { return }
        metadata.trace = EnvelopeID.text(context.traceHigh, context.traceLow)
    }

    private static func traceBits(_ text: String) -> (high: UInt64, low: UInt64)? {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32, let all = String(validating: digits, as: UTF8.self),
            all.allSatisfy({ $0.isHexDigit && $0.isASCII }), let high = UInt64(all.prefix(16), radix: 16),
            let low = UInt64(all.suffix(16), radix: 16)
        else { return nil }
        return (high, low)
    }
}
