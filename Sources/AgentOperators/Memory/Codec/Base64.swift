package import StreamCore

/// RFC 4648's base64 with padding; without Foundation, since commands are read on the record path.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each byte; 255 for those that are none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    /// `bytes` as text.
    package static func encode(_ bytes: Bytes) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            for place in 0..<4 as Range<UInt32> {
                text.append(place <= UInt32(min(left, 3)) ? alphabet[Int(group >> (18 - 6 * place) & 63)] : 61)
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes; nil when `text` is not base64.
    ///
    /// Line breaks are left out, padding may be missing.
    package static func decode(_ text: String) -> Bytes? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var (group, bits, padding): (UInt32, UInt32, Int) = (0, 0, 0)
        for byte in text.utf8 where byte != 10 && byte != 13 {
            if byte == 61 {
                padding += 1
                continue
            }
            let value = values[Int(byte)]
            guard value < 64, padding == 0 else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> bits))
        }
        // Six bits left over are half a byte of a group that was cut off.
        guard bits < 6, padding <= 2 else { return nil }
        return Bytes(bytes)
    }
}
