/// Ids that follow from a text, so that work that is done again names things as before.
enum EnvelopeID {
    /// `msg-` and a UUID, as Aika's ids look.
    static func message(_ key: String) -> String { "msg-\(uuid(key))" }

    /// A UUID of version 8, RFC 9562: 122 bits of a hash of `key`.
    static func uuid(_ key: String) -> String {
        let high = hash(key, 0xcbf2_9ce4_8422_2325) & 0xffff_ffff_ffff_0fff | 0x8000
        let low = hash(key, 0x9ae1_6a3b_2f90_404f) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        return text(high, low)
    }

    /// The 36 characters of a UUID.
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        let all = digits(high) + digits(low)
        var parts: [Substring] = []
        var rest = all[...]
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts.joined(separator: "-")
    }

    /// 64 bits of `key`: FNV-1a, then mixed so that every bit depends on all.
    static func hash(_ key: String, _ basis: UInt64) -> UInt64 {
        var hash = basis
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
