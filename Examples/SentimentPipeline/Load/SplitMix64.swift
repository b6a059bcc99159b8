/// A small, fast random number generator (Steele, Lea and Flood 2014) whose sequence follows from its seed alone.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator that will always give the same numbers for the same seed.
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and not, `limit`; 0 when `limit` is not above it.
    ///
    /// Not left to the standard library, whose way from bits to a range is no promise.
    mutating func below(_ limit: Int) -> Int {
        let bits = next()
        return limit > 0 ? Int(bits.multipliedFullWidth(by: UInt64(limit)).high) : 0
    }

    /// One of `choices`; nil when there are none.
    mutating func pick<Element>(_ choices: [Element]) -> Element? {
        let index = below(choices.count)
        return choices.indices.contains(index) ? choices[index] : nil
    }
}
