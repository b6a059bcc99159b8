public import StreamCore

extension JSONValue {
    /// The one JSON value in `bytes`.
    ///
    /// - Throws: ``JSONError``: what is wrong and where.
    public init(parsing bytes: Bytes) throws(JSONError) {
        var parser = JSONParser(scanner: JSONScanner(bytes))
        parser.scanner.skipSpaces()
        self = try parser.value(depth: 0)
        try parser.scanner.finish()
    }

    /// The one JSON value in `text`.
    ///
    /// - Throws: ``JSONError``: what is wrong and where.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Bytes(text))
    }
}

extension JSONText {
    /// The values, as written, of the members `names` of an object, in that order; nil for one that is not there.
    ///
    /// Of several members with one name the last counts.
    ///
    /// - Throws: ``JSONError`` when `bytes` are not one JSON object.
    public static func fields(_ names: [String], of bytes: Bytes) throws(JSONError) -> [JSONText?] {
        var parser = JSONParser(scanner: JSONScanner(bytes))
        parser.scanner.skipSpaces()
        guard parser.scanner.next == UInt8(ascii: "{") else { throw parser.scanner.error("not a JSON object") }
        var found = [JSONText?](repeating: nil, count: names.count)
        try parser.members { parser, name throws(JSONError) in
            let start = parser.scanner.position
            try parser.scanner.skipValue(depth: 1)
            for (index, wanted) in names.enumerated() where wanted == name {
                found[index] = JSONText(trusted: bytes[start..<parser.scanner.position])
            }
        }
        try parser.scanner.finish()
        return found
    }
}

/// Builds values while a scanner walks.
private struct JSONParser {
    var scanner: JSONScanner

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        switch scanner.next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try scanner.skipWord("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.skipWord("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.skipWord("null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONScanner.depthLimit else {
            throw scanner.error("nested deeper than \(JSONScanner.depthLimit) levels")
        }
        var found: [JSONMember] = []
        try members { parser, name throws(JSONError) in
            found.append(JSONMember(name, try parser.value(depth: depth + 1)))
        }
        return .object(found)
    }

    /// Walks over an object; `body` must pass over each member's value.
    mutating func members(_ body: (inout JSONParser, String) throws(JSONError) -> Void) throws(JSONError) {
        scanner.advance()
        scanner.skipSpaces()
        if scanner.next == UInt8(ascii: "}") {
            scanner.advance()
            return
        }
        while true {
            let name = try string()
            scanner.skipSpaces()
            try scanner.expect(UInt8(ascii: ":"))
            scanner.skipSpaces()
            try body(&self, name)
            guard try scanner.another(before: UInt8(ascii: "}")) else { return }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONScanner.depthLimit else {
            throw scanner.error("nested deeper than \(JSONScanner.depthLimit) levels")
        }
        scanner.advance()
        scanner.skipSpaces()
        if scanner.next == UInt8(ascii: "]") {
            scanner.advance()
            return .array([])
        }
        var values: [JSONValue] = []
        while true {
            values.append(try value(depth: depth + 1))
            guard try scanner.another(before: UInt8(ascii: "]")) else { return .array(values) }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        let (range, hasEscapes) = try scanner.skipString()
        let raw = scanner.bytes[range]
        guard hasEscapes else { return raw.utf8 ?? "" }
        return Self.unescape(raw)
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = scanner.position
        let isWhole = try scanner.skipNumber()
        let raw = scanner.bytes[start..<scanner.position]
        let text = raw.utf8 ?? ""
        if isWhole, text != "-0" {
            if let integer = Int64(text) { return .integer(integer) }
            if let unsigned = UInt64(text) { return .unsigned(unsigned) }
            return .verbatim(JSONText(trusted: raw))
        }
        guard let double = Double(text), double.isFinite else { return .verbatim(JSONText(trusted: raw)) }
        return .double(double)
    }

    /// The text of a string whose escapes the scanner has checked.
    private static func unescape(_ raw: Bytes) -> String {
        var units = ByteWriter(capacity: raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                units.append(raw[index])
                index += 1
                continue
            }
            index += 2
            switch raw[index - 1] {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0c)
            case UInt8(ascii: "n"): units.append(0x0a)
            case UInt8(ascii: "r"): units.append(0x0d)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"): units.append(scalar(in: raw, at: &index))
            default: units.append(raw[index - 1])
            }
        }
        return String(decoding: units.bytes, as: UTF8.self)
    }

    /// The character of four hexadecimal digits, or of a surrogate pair.
    private static func scalar(in raw: Bytes, at index: inout Int) -> String {
        var units = [unit(in: raw, at: index)]
        index += 4
        if (0xd800...0xdbff).contains(units[0]) {
            units.append(unit(in: raw, at: index + 2))
            index += 6
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func unit(in raw: Bytes, at index: Int) -> UInt16 {
        UInt16(raw[index..<(index + 4)].utf8 ?? "", radix: 16) ?? 0xfffd
    }
}
