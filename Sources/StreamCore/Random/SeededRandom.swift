/// A random number generator whose sequence follows from its seed alone (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The generator of `seed`.
    package init(seed: UInt64) { state = seed }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and not, `limit`; 0 when `limit` is not above it.
    package mutating func below(_ limit: Int) -> Int {
        let bits = next()
        return limit > 0 ? Int(bits.multipliedFullWidth(by: UInt64(limit)).high) : 0
    }

    /// Whether something of probability `share` in 1,000 happens.
    package mutating func happens(_ share: Int) -> Bool { below(1_000) < share }

    /// A duration from `range`, in milliseconds.
    package mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(range.lowerBound + below(range.upperBound - range.lowerBound + 1))
    }
}
