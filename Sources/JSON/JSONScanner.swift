import StreamCore

/// Walks over JSON by RFC 8259 without building anything.
struct JSONScanner {
    /// How deep arrays and objects may nest: enough for people, too little to exhaust a stack.
    static let depthLimit = 512

    let bytes: Bytes
    private(set) var position = 0
    private let end: Int

    init(_ bytes: Bytes) {
        self.bytes = bytes
        end = bytes.count
    }

    /// The next byte, or 0 at the end.
    var next: UInt8 { position < end ? bytes[position] : 0 }

    func error(_ message: String) -> JSONError {
        position < end
            ? JSONError(message: message, offset: position)
            : JSONError(message: "unexpected end of text", offset: position)
    }

    mutating func advance() { position += 1 }

    mutating func skipSpaces() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard position < end, bytes[position] == byte else {
            throw error("expected '\(Character(Unicode.Scalar(byte)))'")
        }
        position += 1
    }

    /// Refuses anything but spaces up to the end.
    mutating func finish() throws(JSONError) {
        skipSpaces()
        guard position == end else { throw error("unexpected text after the value") }
    }

    /// Passes over one value; spaces before it must be passed already.
    mutating func skipValue(depth: Int = 0) throws(JSONError) {
        switch next {
        case UInt8(ascii: "{"): try skipObject(depth: depth)
        case UInt8(ascii: "["): try skipArray(depth: depth)
        case UInt8(ascii: "\""): _ = try skipString()
        case UInt8(ascii: "t"): try skipWord("true")
        case UInt8(ascii: "f"): try skipWord("false")
        case UInt8(ascii: "n"): try skipWord("null")
        default: _ = try skipNumber()
        }
    }

    mutating func skipWord(_ word: StaticString) throws(JSONError) {
        for byte in word.description.utf8 {
            guard position < end, bytes[position] == byte else { throw error("unexpected character") }
            position += 1
        }
    }

    private mutating func skipObject(depth: Int) throws(JSONError) {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit) levels") }
        position += 1
        skipSpaces()
        if next == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            _ = try skipString()
            skipSpaces()
            try expect(UInt8(ascii: ":"))
            skipSpaces()
            try skipValue(depth: depth + 1)
            guard try another(before: UInt8(ascii: "}")) else { return }
        }
    }

    private mutating func skipArray(depth: Int) throws(JSONError) {
        guard depth < Self.depthLimit else { throw error("nested deeper than \(Self.depthLimit) levels") }
        position += 1
        skipSpaces()
        if next == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try skipValue(depth: depth + 1)
            guard try another(before: UInt8(ascii: "]")) else { return }
        }
    }

    /// Passes over a comma and spaces and returns true, or over `close` and returns false.
    mutating func another(before close: UInt8) throws(JSONError) -> Bool {
        skipSpaces()
        if next == close, position < end {
            position += 1
            return false
        }
        guard next == UInt8(ascii: ",") else { throw error("expected ',' or '\(Character(Unicode.Scalar(close)))'") }
        position += 1
        skipSpaces()
        return true
    }

    /// Passes over a number; returns whether it has neither fraction nor exponent.
    mutating func skipNumber() throws(JSONError) -> Bool {
        var isWhole = true
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if next == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try skipDigits()
        }
        if next | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
        return isWhole
    }

    private mutating func skipDigits() throws(JSONError) {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) else { throw error("unexpected character") }
        while position < end, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    }
}

extension JSONScanner {
    /// Passes over a string; returns where its text lies and whether that has escapes.
    mutating func skipString() throws(JSONError) -> (text: Range<Int>, hasEscapes: Bool) {
        try expect(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        var isASCII = true
        while position < end {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let text = start..<position
                if !isASCII, bytes[text].utf8 == nil {
                    throw JSONError(message: "text that is not UTF-8", offset: start)
                }
                position += 1
                return (text, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case 0..<0x20: throw error("control character in a string")
            default:
                if byte >= 0x80 { isASCII = false }
                position += 1
            }
        }
        throw error("string without an end")
    }

    private mutating func skipEscape() throws(JSONError) {
        position += 1
        switch next {
        case UInt8(ascii: "u"):
            position += 1
            let unit = try hexUnit()
            guard (0xd800...0xdfff).contains(unit) else { return }
            // Half a character is grammar, but no text.
            guard unit < 0xdc00, next == UInt8(ascii: "\\") else { throw error("half of a surrogate pair") }
            position += 1
            try expect(UInt8(ascii: "u"))
            guard (0xdc00...0xdfff).contains(try hexUnit()) else { throw error("half of a surrogate pair") }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        default: throw error("unknown escape in a string")
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(next)).hexDigitValue, position < end else {
                throw error("unknown escape in a string")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
