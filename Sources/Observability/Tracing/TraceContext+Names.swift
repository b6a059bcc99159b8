public import StreamCore

/// Numbers that are the same wherever and whenever they are made of the same words.
///
/// So a handler that is run again after a crash, and a record that is processed again, has the span it had before, and
/// nothing in a trace appears twice.
enum StableHash {
    /// FNV-1a, then a mixer: FNV alone changes the upper bits too little for short names.
    static func number(_ words: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in words.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return hash == 0 ? 1 : hash
    }
}

extension TraceContext {
    /// The place of what is called `name` within this trace: the same for the same name, always.
    ///
    /// - Parameter name: names it within the whole trace, for example a request's idempotency key.
    /// - Returns: this trace at the span of that name.
    public func child(_ name: String) -> TraceContext {
        with(span: StableHash.number(name, seed: traceLow ^ (traceHigh &* 31))) ?? self
    }

    /// The beginning of a trace that is named by what begins it: the same for the same name, always.
    public static func beginning(_ name: String) -> TraceContext? {
        let high = StableHash.number(name, seed: 1)
        let low = StableHash.number(name, seed: 2)
        return TraceContext(traceHigh: high, traceLow: low, span: StableHash.number(name, seed: 3))
    }

    /// These headers, with this place as the trace's; order and all others stay.
    public func written(to headers: Headers) -> Headers {
        var copy = headers
        write(to: &copy)
        return copy
    }
}
