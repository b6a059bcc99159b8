public import StreamCore

extension JSONValue {
    /// The value as JSON on one line.
    public var text: String {
        var writer = ByteWriter()
        write(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The value as JSON, a line for each member and element, two spaces a level.
    public var prettyText: String {
        var writer = ByteWriter()
        writePretty(into: &writer, indent: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Appends the value as JSON on one line.
    public func write(into writer: inout ByteWriter) {
        switch self {
        case .array(let values):
            writer.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                value.write(into: &writer)
            }
            writer.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                Self.write(member.name, into: &writer)
                writer.append(UInt8(ascii: ":"))
                member.value.write(into: &writer)
            }
            writer.append(UInt8(ascii: "}"))
        default: writeScalar(into: &writer)
        }
    }

    private func writeScalar(into writer: inout ByteWriter) {
        switch self {
        case .bool(let value): writer.append(value ? "true" : "false")
        case .integer(let number): writer.append(String(number))
        case .unsigned(let number): writer.append(String(number))
        case .double(let number) where number.isFinite: writer.append("\(number)")
        case .double(let number):
            writer.append(number.isNaN ? "\"NaN\"" : number < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        case .string(let text): Self.write(text, into: &writer)
        case .verbatim(let text): Self.write(text, into: &writer)
        case .null, .array, .object: writer.append("null")
        }
    }

    private func writePretty(into writer: inout ByteWriter, indent: Int) {
        switch self {
        case .array(let values) where !values.isEmpty:
            writer.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                Self.breakLine(after: index, indent: indent + 1, into: &writer)
                value.writePretty(into: &writer, indent: indent + 1)
            }
            Self.breakLine(after: 0, indent: indent, into: &writer)
            writer.append(UInt8(ascii: "]"))
        case .object(let members) where !members.isEmpty:
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                Self.breakLine(after: index, indent: indent + 1, into: &writer)
                Self.write(member.name, into: &writer)
                writer.append(": ")
                member.value.writePretty(into: &writer, indent: indent + 1)
            }
            Self.breakLine(after: 0, indent: indent, into: &writer)
            writer.append(UInt8(ascii: "}"))
        default: write(into: &writer)
        }
    }

    private static func breakLine(after index: Int, indent: Int, into writer: inout ByteWriter) {
        writer.append((index > 0 ? ",\n" : "\n") + String(repeating: "  ", count: indent))
    }

    /// Appends `text` as a JSON string.
    public static func write(_ text: String, into writer: inout ByteWriter) {
        writer.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x7f }) {
            writer.append(text)
        } else {
            for byte in text.utf8 { escape(byte, into: &writer) }
        }
        writer.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, into writer: inout ByteWriter) {
        switch byte {
        case UInt8(ascii: "\""): writer.append("\\\"")
        case UInt8(ascii: "\\"): writer.append("\\\\")
        case 0x0a: writer.append("\\n")
        case 0x0d: writer.append("\\r")
        case 0x09: writer.append("\\t")
        case 0..<0x20, 0x7f:
            let digits = String(byte, radix: 16)
            writer.append("\\u00" + (digits.count < 2 ? "0" : "") + digits)
        default: writer.append(byte)
        }
    }

    /// Appends `text` as it is; line breaks, which JSON has between values only, become spaces: one value, one line.
    private static func write(_ text: JSONText, into writer: inout ByteWriter) {
        let bytes = text.bytes
        guard (0..<bytes.count).contains(where: { bytes[$0] == 0x0a || bytes[$0] == 0x0d }) else {
            writer.append(bytes)
            return
        }
        for index in 0..<bytes.count {
            writer.append(bytes[index] == 0x0a || bytes[index] == 0x0d ? 0x20 : bytes[index])
        }
    }

    /// The value for a cell of a table: text without quotes, control characters escaped, everything else as JSON.
    public var cell: String {
        switch self {
        case .null: "-"
        case .string(let text): Self.printable(text)
        default: Self.printable(self.text)
        }
    }

    /// `text` without what would move a terminal's cursor or change its colours.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) }) else {
            return text
        }
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a: shown += "\\n"
            case 0x0d: shown += "\\r"
            case 0x09: shown += "\\t"
            case 0..<0x20, 0x7f..<0xa0: shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
