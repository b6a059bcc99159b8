import Console
import Foundation
import StreamCore

/// A value that a format cannot express.
struct Unencodable: Error {
    let reason: String
}

extension RecordFormat {
    /// The bytes of `value`, as written in JSON; nil for null.
    ///
    /// - Throws: ``Unencodable`` with the reason.
    func encode(_ value: JSONValue) throws(Unencodable) -> Bytes? {
        if value == .null { return nil }
        if let bytes = try Self.encodedBytes(value) { return bytes }
        var writer = ByteWriter()
        try append(value, to: &writer)
        return Bytes(writer.bytes)
    }

    /// The bytes of a word of the command line.
    ///
    /// - Throws: ``Unencodable`` with the reason.
    func encode(text: String) throws(Unencodable) -> Bytes {
        if case .optional(let inner) = self { return try inner.encode(text: text) }
        let value: JSONValue =
            switch self {
            case .auto, .string, .uuid, .hex, .base64: .string(text)
            default: (try? JSONValue(parsing: text)) ?? .string(text)
            }
        return try encode(self == .json ? .verbatim(try Self.validated(text)) : value) ?? .empty
    }

    private static func validated(_ text: String) throws(Unencodable) -> JSONText {
        do { return try JSONText(validating: Bytes(text)) } catch {
            throw Unencodable(reason: "'\(text)' is not JSON: \(error)")
        }
    }

    private func append(_ value: JSONValue, to writer: inout ByteWriter) throws(Unencodable) {
        switch self {
        case .auto: try Self.appendAsItLooks(value, to: &writer)
        case .string: writer.append(try Self.plainText(value))
        case .json: value.write(into: &writer)
        case .int16: writer.append(bigEndian: try Self.integer(value, Int16.self))
        case .int32: writer.append(bigEndian: try Self.integer(value, Int32.self))
        case .int64: writer.append(bigEndian: try Self.integer(value, Int64.self))
        case .float: writer.append(bigEndian: Float(try Self.double(value)).bitPattern)
        case .double: writer.append(bigEndian: try Self.double(value).bitPattern)
        case .bool:
            guard case .bool(let flag) = value else { throw Unencodable(reason: "\(value.text) is not true or false") }
            writer.append(flag ? 1 : 0)
        case .uuid:
            guard let text = value.stringValue, UUID(uuidString: text) != nil else {
                throw Unencodable(reason: "\(value.text) is not a UUID")
            }
            writer.append(text.lowercased())
        case .hex, .base64: writer.append(try Self.bytes(value, encoding: name))
        case .optional(let inner): try inner.append(value, to: &writer)
        case .windowed(let inner, _): try Self.appendWindowed(value, inner, to: &writer)
        case .storedWindow(let inner, _):
            try Self.appendWindowed(value, inner, to: &writer)
            writer.append(bigEndian: Int32(0))
        }
    }

    /// What `look(at:)` shows, back to bytes; a key in a window too.
    private static func appendAsItLooks(_ value: JSONValue, to writer: inout ByteWriter) throws(Unencodable) {
        if let text = value.stringValue {
            writer.append(text)
        } else if let members = value.members, Set(members.map(\.name)) == ["key", "start", "end"], members.count == 3,
            value["start"]?.integerValue != nil
        {
            try appendWindowed(value, .auto, to: &writer)
        } else {
            value.write(into: &writer)
        }
    }

    private static func appendWindowed(
        _ value: JSONValue, _ inner: RecordFormat, to writer: inout ByteWriter
    ) throws(Unencodable) {
        guard let key = value["key"], let start = value["start"]?.integerValue else {
            throw Unencodable(reason: "\(value.text) is not a key with a window: {\"key\":…,\"start\":ms,\"end\":ms}")
        }
        writer.append(try inner.encode(key) ?? .empty)
        writer.append(bigEndian: start)
    }

    private static func plainText(_ value: JSONValue) throws(Unencodable) -> String {
        switch value {
        case .string(let text): text
        case .integer, .unsigned, .double, .bool: value.text
        case .verbatim(let text) where !text.isContainer: value.text
        default: throw Unencodable(reason: "it is neither text nor a number")
        }
    }

    private static func integer<Integer: FixedWidthInteger>(
        _ value: JSONValue, _: Integer.Type
    ) throws(Unencodable) -> Integer {
        guard let number = value.integerValue, let integer = Integer(exactly: number) else {
            throw Unencodable(reason: "\(value.text) is not a whole number of \(Integer.bitWidth) bits")
        }
        return integer
    }

    private static func double(_ value: JSONValue) throws(Unencodable) -> Double {
        switch value {
        case .integer(let number): return Double(number)
        case .double(let number): return number
        default: throw Unencodable(reason: "\(value.text) is not a number")
        }
    }

    private static func bytes(_ value: JSONValue, encoding: String) throws(Unencodable) -> Bytes {
        guard let text = value.stringValue else { throw Unencodable(reason: "\(value.text) is not \(encoding)") }
        return try bytes(text, encoding: encoding)
    }

    private static func bytes(_ text: String, encoding: String) throws(Unencodable) -> Bytes {
        switch encoding {
        case "utf8": return Bytes(text)
        case "base64":
            guard let data = Data(base64Encoded: text) else { throw Unencodable(reason: "'\(text)' is not base64") }
            return Bytes(Array(data))
        default:
            let digits = Array(text.utf8).map { Character(Unicode.Scalar($0)).hexDigitValue }
            let known = digits.compactMap { $0 }
            guard known.count == digits.count, digits.count % 2 == 0 else {
                throw Unencodable(reason: "'\(text)' is not hexadecimal")
            }
            return Bytes(stride(from: 0, to: known.count, by: 2).map { UInt8(known[$0] << 4 | known[$0 + 1]) })
        }
    }

    /// The bytes of `{"encoding":…,"data":…}`; nil for anything else.
    private static func encodedBytes(_ value: JSONValue) throws(Unencodable) -> Bytes? {
        guard isEncoded(value), let encoding = value["encoding"]?.stringValue, let data = value["data"]?.stringValue,
            ["base64", "hex", "utf8"].contains(encoding)
        else { return nil }
        return try bytes(data, encoding: encoding)
    }
}
