import StreamCore

/// The members of a JSON object as the bytes they are: what is inside a payload must not change on its way.
struct JSONMembers {
    private var members: [String: Bytes] = [:]

    /// Finds the members of `object`; what their values hold is not looked at beyond where they end.
    ///
    /// - Throws: ``MessageFormatError`` when it is no object or breaks off.
    init(_ object: Bytes) throws {
        var scanner = Scanner(bytes: object)
        try scanner.expect(UInt8(ascii: "{"))
        if scanner.skips(UInt8(ascii: "}")) { return }
        repeat {
            scanner.skipSpace()
            let name = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"))
            scanner.skipSpace()
            members[name] = try scanner.value()
        } while scanner.skips(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "}"))
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw Scanner.malformed("something follows the object") }
    }

    /// The value of the last member called `name`; names with escapes are not found.
    subscript(name: String) -> Bytes? { members[name] }

    private struct Scanner {
        let bytes: Bytes
        var next = 0

        var isAtEnd: Bool { next >= bytes.count }

        static func malformed(_ reason: String) -> MessageFormatError {
            MessageFormatError("the record's value is no JSON object: \(reason)")
        }

        mutating func skipSpace() {
            while next < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[next]) { next += 1 }
        }

        mutating func skips(_ byte: UInt8) -> Bool {
            skipSpace()
            guard next < bytes.count, bytes[next] == byte else { return false }
            next += 1
            return true
        }

        mutating func expect(_ byte: UInt8) throws {
            guard skips(byte) else {
                throw Self.malformed("'\(Character(UnicodeScalar(byte)))' is missing at byte \(next)")
            }
        }

        /// The text between quotes, escapes as they are.
        mutating func string() throws -> String {
            let start = next
            try skipString()
            guard let text = bytes[(start + 1)..<(next - 1)].utf8 else { throw Self.malformed("a name is no UTF-8") }
            return text
        }

        private mutating func skipString() throws {
            guard next < bytes.count, bytes[next] == UInt8(ascii: "\"") else {
                throw Self.malformed("a string is missing at byte \(next)")
            }
            next += 1
            while next < bytes.count {
                switch bytes[next] {
                case UInt8(ascii: "\\"): next += 2
                case UInt8(ascii: "\""):
                    next += 1
                    return
                default: next += 1
                }
            }
            throw Self.malformed("a string does not end")
        }

        /// The bytes of the value that starts here.
        mutating func value() throws -> Bytes {
            let start = next
            var depth = 0
            while next < bytes.count {
                switch bytes[next] {
                case UInt8(ascii: "\""):
                    try skipString()
                    if depth == 0 { return bytes[start..<next] }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    // The end of the object around a bare value.
                    if depth == 0 { return try bare(from: start) }
                    depth -= 1
                    if depth == 0 {
                        next += 1
                        return bytes[start..<next]
                    }
                case UInt8(ascii: ","): if depth == 0 { return try bare(from: start) }
                default: break
                }
                next += 1
            }
            throw Self.malformed("it breaks off")
        }

        /// A number or a word up to here, without the space behind it.
        private func bare(from start: Int) throws -> Bytes {
            var end = next
            while end > start, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[end - 1]) { end -= 1 }
            guard end > start else { throw Self.malformed("a value is missing at byte \(start)") }
            return bytes[start..<end]
        }
    }
}
