/// A 64-bit hash of a word's bytes that is the same in every process (FNV-1a), built byte by byte.
struct WordHash: Sendable {
    /// The hash of what was added so far.
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of nothing.
    init() {}

    /// The hash of the UTF-8 bytes of `word`.
    init(_ word: String) {
        for byte in word.utf8 { add(byte) }
    }

    /// Adds one byte.
    @inline(__always) mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// The hash of a phrase that goes on with the word of hash `next`.
    @inline(__always) static func phrase(_ start: UInt64, _ next: UInt64) -> UInt64 {
        (start &* 0x9e37_79b9_7f4a_7c15) ^ (next &+ 0x2545_f491_4f6c_dd1d)
    }
}
