public import StreamCore

/// JSON as Python's `json.dumps` writes it by default: a space after each comma and colon, nothing but ASCII.
///
/// Readers take any JSON; the same bytes keep what is compared, hashed or logged on both sides equal. Numbers that JSON has no place for
/// are strings, as in ``text``: Python's bare `NaN` is no JSON, and our own reader refuses it.
extension JSONValue {
    /// The value as Python writes it.
    public var pythonText: String {
        var writer = ByteWriter()
        writePython(into: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The value as Python writes it, in ASCII.
    public var pythonBytes: Bytes {
        var writer = ByteWriter()
        writePython(into: &writer)
        return Bytes(writer.bytes)
    }

    /// Appends the value as Python writes it.
    public func writePython(into writer: inout ByteWriter) {
        switch self {
        case .array(let values):
            writer.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.append(", ") }
                value.writePython(into: &writer)
            }
            writer.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writer.append(", ") }
                Self.writePython(member.name, into: &writer)
                writer.append(": ")
                member.value.writePython(into: &writer)
            }
            writer.append(UInt8(ascii: "}"))
        case .string(let text): Self.writePython(text, into: &writer)
        case .double(let number) where number.isFinite: writer.append(number.description.pythonNumber)
        case .verbatim(let text) where text.isContainer: text.value.writePython(into: &writer)
        case .double, .verbatim, .null, .bool, .integer, .unsigned: write(into: &writer)
        }
    }

    /// Appends `text` as a string, what is not printable ASCII as `\uXXXX`, in two halves beyond the first plane.
    private static func writePython(_ text: String, into writer: inout ByteWriter) {
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
}

extension String {
    /// A finite number, as Swift describes it, as Python's `repr` writes it: an exponent below 1e-4 and from 1e16 on.
    fileprivate var pythonNumber: String {
        let isNegative = hasPrefix("-")
        let parts = drop { $0 == "-" }.split(separator: "e")
        let mantissa = (parts.first ?? "0").split(separator: ".", omittingEmptySubsequences: false)
        let (whole, fraction) = (mantissa[0], mantissa.count > 1 ? mantissa[1] : "")
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = whole + fraction
        let leading = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leading)
        while digits.last == "0" { digits.removeLast() }
        guard !digits.isEmpty else { return isNegative ? "-0.0" : "0.0" }
        let exponent = written + whole.count - leading - 1
        let text: String
        if exponent < -4 || exponent >= 16 {
            let size = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
            let rest = digits.dropFirst()
            text = "\(digits.prefix(1))\(rest.isEmpty ? "" : ".\(rest)")e\(exponent < 0 ? "-" : "+")\(size)"
        } else if exponent < 0 {
            text = "0." + String(repeating: "0", count: -exponent - 1) + digits
        } else {
            let padded = digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
            let rest = padded.dropFirst(exponent + 1)
            text = "\(padded.prefix(exponent + 1)).\(rest.isEmpty ? "0" : rest)"
        }
        return isNegative ? "-\(text)" : text
    }
}
