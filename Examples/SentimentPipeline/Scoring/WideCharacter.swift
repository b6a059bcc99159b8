/// A character beyond ASCII, and what it does in a text.
struct WideCharacter: Sendable {
    /// What it does.
    enum Role: Sendable {
        case letter
        /// The same as an ASCII byte: a full-width letter, digit or mark, a curly apostrophe, a dash.
        case ascii(UInt8)
        /// A picture that stands for itself.
        case emoji
        /// Part of the character before: a variation selector, a skin tone, an accent, a joiner.
        case ignorable
        case separator
    }

    /// What it does.
    let role: Role
    /// How many bytes it takes.
    let length: Int

    /// The character that begins at `position`, which must lie within `bytes`.
    ///
    /// Bytes that are no UTF-8 come out as separators of one byte; a `String` has none.
    init(_ bytes: [UInt8], at position: Int) {
        let lead = bytes[position]
        let wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1
        guard wanted > 1, position + wanted <= bytes.count else {
            role = .separator
            length = 1
            return
        }
        var scalar = UInt32(lead) & (0x7f >> UInt32(wanted))
        for index in 1..<wanted { scalar = scalar << 6 | UInt32(bytes[position + index] & 0x3f) }
        role = Self.role(of: scalar)
        length = wanted
    }

    private static func role(of scalar: UInt32) -> Role {
        switch scalar {
        case 0x80...0x9f, 0xa0...0xac, 0xae...0xb3, 0xb5...0xbf: .separator
        case 0xb4, 0x2bc: .ascii(UInt8(ascii: "'"))
        case 0xad, 0x300...0x36f, 0xfe00...0xfe0f, 0xfeff, 0xe0000...0xe01ef: .ignorable
        case 0x2000...0x206f: punctuation(scalar)
        case 0x2600...0x27bf, 0x2b00...0x2bff, 0x2190...0x23ff: .emoji
        case 0x1f3fb...0x1f3ff: .ignorable
        case 0x1f000...0x1faff: .emoji
        case 0x3000: .separator
        case 0x3001: .ascii(UInt8(ascii: ","))
        case 0x3002: .ascii(UInt8(ascii: "."))
        case 0xff01...0xff5e: .ascii(UInt8(truncatingIfNeeded: scalar - 0xfee0))
        default: .letter
        }
    }

    /// General punctuation, U+2000 to U+206F.
    private static func punctuation(_ scalar: UInt32) -> Role {
        switch scalar {
        case 0x2018, 0x2019, 0x201b, 0x2032: .ascii(UInt8(ascii: "'"))
        case 0x2010, 0x2011: .ascii(UInt8(ascii: "-"))
        case 0x2012...0x2015: .ascii(UInt8(ascii: ","))
        case 0x2026: .ascii(UInt8(ascii: "."))
        case 0x2028, 0x2029: .ascii(10)
        case 0x203c: .ascii(UInt8(ascii: "!"))
        case 0x2047...0x2049: .ascii(UInt8(ascii: "?"))
        case 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x206f: .ignorable
        default: .separator
        }
    }
}
