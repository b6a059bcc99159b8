/// How many bytes an entry takes beyond its slot: from the encoded sizes seen so far.
@usableFromInline struct SizeEstimate {
    @usableFromInline var entries = 1
    @usableFromInline var bytes = 32

    @inlinable init() {}

    /// An entry of `size` encoded bytes was seen.
    @inlinable mutating func note(_ size: Int) {
        entries += 1
        bytes += size
    }

    /// Encoded bytes and two heap headers.
    var perEntry: Int { bytes / entries + 64 }
}
