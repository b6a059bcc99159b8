import JSON

/// What plain scalars mean by YAML 1.2's core schema (10.3.2): `no`, `on` and `012` are not what YAML 1.1 made of them.
enum CoreSchema {
    /// The value of a plain scalar.
    static func value(ofPlain text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return integer(text) ?? float(text) ?? .string(text)
        }
    }

    /// The value that the tag `tag` gives to `text`; nil when the tag or the text is not of the core schema.
    static func value(of text: String, tagged tag: String) -> JSONValue? {
        switch tag {
        case "!", "tag:yaml.org,2002:str": return .string(text)
        case "tag:yaml.org,2002:int": return integer(text)
        case "tag:yaml.org,2002:float": return float(text) ?? integer(text)
        case "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            let value = value(ofPlain: text)
            if case .bool = value { return tag.hasSuffix("bool") ? value : nil }
            return value == .null && tag.hasSuffix("null") ? value : nil
        default: return nil
        }
    }

    static func integer(_ text: String) -> JSONValue? {
        if text.hasPrefix("0o") { return number(text.dropFirst(2), radix: 8) }
        if text.hasPrefix("0x") { return number(text.dropFirst(2), radix: 16) }
        var digits = text[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let significant = digits.drop { $0 == "0" }
        let plain = (isNegative ? "-" : "") + (significant.isEmpty ? "0" : String(significant))
        if plain == "-0" { return .integer(0) }
        return try? JSONValue(parsing: plain)
    }

    private static func number(_ digits: Substring, radix: Int) -> JSONValue? {
        guard let first = digits.first, first != "+", first != "-" else { return nil }
        guard digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        if let value = Int64(digits, radix: radix) { return .integer(value) }
        return UInt64(digits, radix: radix).map { .unsigned($0) }
    }

    static func float(_ text: String) -> JSONValue? {
        switch text {
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        default: break
        }
        // [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
        var rest = text.utf8[...]
        func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
        func digits() -> Int {
            let run = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(run)
            return run
        }
        if isSign(rest.first) { rest = rest.dropFirst() }
        let whole = digits()
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = digits()
        }
        guard whole + fraction > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if isSign(rest.first) { rest = rest.dropFirst() }
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty, let value = Double(text) else { return nil }
        return .double(value)
    }
}
