/// XXH64 with seed 0, as in the xxHash specification: finds damage in stored batches at memory speed.
enum Checksum {
    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    /// The checksum of `bytes`.
    static func of(_ bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { of($0) }
    }

    /// The checksum of `bytes`.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var at = 0
        var hash = stripes(bytes, &at) &+ UInt64(bytes.count)
        while at &+ 8 <= bytes.count {
            hash ^= round(0, word(bytes, at))
            hash = rotated(hash, 27) &* prime1 &+ prime4
            at &+= 8
        }
        if at &+ 4 <= bytes.count {
            let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
            hash ^= UInt64(half) &* prime1
            hash = rotated(hash, 23) &* prime2 &+ prime3
            at &+= 4
        }
        while at < bytes.count {
            hash ^= UInt64(bytes[at]) &* prime5
            hash = rotated(hash, 11) &* prime1
            at &+= 1
        }
        return avalanche(hash)
    }

    /// The hash of all whole runs of 32 bytes, in four independent lanes.
    private static func stripes(_ bytes: UnsafeRawBufferPointer, _ at: inout Int) -> UInt64 {
        guard bytes.count >= 32 else { return prime5 }
        var one = prime1 &+ prime2
        var two = prime2
        var three: UInt64 = 0
        var four = 0 &- prime1
        while at &+ 32 <= bytes.count {
            one = round(one, word(bytes, at))
            two = round(two, word(bytes, at &+ 8))
            three = round(three, word(bytes, at &+ 16))
            four = round(four, word(bytes, at &+ 24))
            at &+= 32
        }
        var hash = rotated(one, 1) &+ rotated(two, 7) &+ rotated(three, 12) &+ rotated(four, 18)
        hash = (hash ^ round(0, one)) &* prime1 &+ prime4
        hash = (hash ^ round(0, two)) &* prime1 &+ prime4
        hash = (hash ^ round(0, three)) &* prime1 &+ prime4
        return (hash ^ round(0, four)) &* prime1 &+ prime4
    }

    private static func avalanche(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    @inline(__always) private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    @inline(__always) private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        (word << bits) | (word >> (64 &- bits))
    }

    @inline(__always) private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    }
}
