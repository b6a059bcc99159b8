import JSON
import StreamCore

/// JSON as Python's `json.dumps` writes it by default: a space after each comma and colon, nothing but ASCII.
///
/// Readers take any JSON; writing the same bytes keeps what is compared, hashed or logged on both sides equal.
enum PythonJSON {
    /// Appends `value`.
    static func write(_ value: JSONValue, into writer: inout ByteWriter) {
        switch value {
        case .array(let values):
            writer.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.append(", ") }
                write(value, into: &writer)
            }
            writer.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writer.append(", ") }
                write(member.name, into: &writer)
                writer.append(": ")
                write(member.value, into: &writer)
            }
            writer.append(UInt8(ascii: "}"))
        case .string(let text): write(text, into: &writer)
        case .double(let number): writer.append(Self.text(of: number))
        case .verbatim(let text) where text.isContainer: write(text.value, into: &writer)
        case .verbatim, .null, .bool, .integer, .unsigned: value.write(into: &writer)
        }
    }

    /// `value` as bytes.
    static func bytes(of value: JSONValue) -> Bytes {
        var writer = ByteWriter()
        write(value, into: &writer)
        return Bytes(writer.bytes)
    }

    /// `value` as text.
    static func text(of value: JSONValue) -> String { bytes(of: value).utf8 ?? "" }

    /// Appends `text` as a string, what is not printable ASCII as `\uXXXX`, in two halves beyond the first plane.
    private static func write(_ text: String, into writer: inout ByteWriter) {
        writer.append(UInt8(ascii: "\""))
        for unit in text.utf16 {
            switch unit {
            case 0x22: writer.append("\\\"")
            case 0x5c: writer.append("\\\\")
            case 0x0a: writer.append("\\n")
            case 0x0d: writer.append("\\r")
            case 0x09: writer.append("\\t")
            case 0x08: writer.append("\\b")
            case 0x0c: writer.append("\\f")
            case 0x20..<0x7f: writer.append(UInt8(truncatingIfNeeded: unit))
            default:
                let digits = String(unit, radix: 16)
                writer.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            }
        }
        writer.append(UInt8(ascii: "\""))
    }

    /// Python's `repr` of a number: an exponent below 1e-4 and from 1e16 on.
    static func text(of number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        let text = "\(number)"
        // Swift writes some numbers beyond 1e16 in full.
        guard number.magnitude >= 1e16, !text.contains("e") else { return text }
        var digits = text.filter(\.isNumber).dropLast()
        let exponent = digits.count - 1
        while digits.count > 1, digits.last == "0" { digits.removeLast() }
        let first = digits.removeFirst()
        let fraction = digits.isEmpty ? "" : "." + String(digits)
        return (number < 0 ? "-" : "") + "\(first)\(fraction)e+\(exponent)"
    }
}
