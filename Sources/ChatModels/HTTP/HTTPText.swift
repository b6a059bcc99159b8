/// Text for headers and for people.
enum HTTPText {
    /// `text` with every byte that a header cannot carry as `%` and two digits.
    static func headerValue(_ text: String) -> String {
        var safe = ""
        for byte in text.utf8 {
            if (0x21...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                safe.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                safe += "%" + String(UInt16(byte) + 0x100, radix: 16).dropFirst().uppercased()
            }
        }
        return safe
    }

    /// `text` without control characters, which would break lines of a log or colour a terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(isControl(scalar) ? " " : scalar) }
        return String(shown)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value)
    }
}
