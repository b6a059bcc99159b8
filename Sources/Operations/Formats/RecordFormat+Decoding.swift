package import Console
import Foundation
package import StreamCore

/// Bytes that are not of the format they should be.
struct FormatMismatch: Error {
    let format: String
    let bytes: Int
}

extension RecordFormat {
    /// What `bytes` say; null for null.
    ///
    /// - Throws: ``FormatMismatch`` when they are not of this format.
    func decode(_ bytes: Bytes?) throws(FormatMismatch) -> JSONValue {
        guard let bytes else { return .null }
        guard let value = value(of: bytes) else { throw FormatMismatch(format: name, bytes: bytes.count) }
        return value
    }

    /// What `bytes` say by this format, or else what they look like.
    package func show(_ bytes: Bytes?) -> JSONValue {
        guard let bytes else { return .null }
        return value(of: bytes) ?? Self.look(at: bytes)
    }

    private func value(of bytes: Bytes) -> JSONValue? {
        switch self {
        case .auto: Self.look(at: bytes)
        case .string: bytes.utf8.map { .string($0) }
        case .int16: Self.integer(bytes, Int16.self)
        case .int32: Self.integer(bytes, Int32.self)
        case .int64: Self.integer(bytes, Int64.self)
        case .float: Self.bits(bytes, UInt32.self).map { .double(Double(Float(bitPattern: $0))) }
        case .double: Self.bits(bytes, UInt64.self).map { .double(Double(bitPattern: $0)) }
        case .bool: bytes.count == 1 && bytes[0] < 2 ? .bool(bytes[0] == 1) : nil
        case .uuid: bytes.utf8.flatMap { UUID(uuidString: $0) == nil ? nil : .string($0) }
        case .json: Self.json(bytes)
        case .hex: Self.encoded("hex", bytes.hex)
        case .base64: Self.encoded("base64", Data(bytes.array).base64EncodedString())
        case .optional(let inner): inner.value(of: bytes)
        case .windowed(let inner, let size): Self.windowed(bytes, inner, size: size, suffix: 8)
        case .storedWindow(let inner, let size): Self.windowed(bytes, inner, size: size, suffix: 12)
        }
    }

    private static func integer<Integer: FixedWidthInteger>(_ bytes: Bytes, _: Integer.Type) -> JSONValue? {
        bits(bytes, Integer.self).map { .integer(Int64($0)) }
    }

    private static func bits<Integer: FixedWidthInteger>(_ bytes: Bytes, _: Integer.Type) -> Integer? {
        var reader = ByteReader(bytes)
        return bytes.count == MemoryLayout<Integer>.size ? reader.integer(Integer.self) : nil
    }

    /// Objects and arrays are passed on as they were written; small values are read, for they mean the same.
    private static func json(_ bytes: Bytes) -> JSONValue? {
        guard let text = try? JSONText(validating: bytes) else { return nil }
        return text.isContainer ? .verbatim(text) : text.value
    }

    private static func encoded(_ encoding: String, _ data: String) -> JSONValue {
        .object([JSONMember("encoding", .string(encoding)), JSONMember("data", .string(data))])
    }

    /// JSON objects and arrays as such, other text as text, the rest as base64.
    ///
    /// Text that is a number stays text: a key `42` is not another thing than a key `a42`.
    package static func look(at bytes: Bytes) -> JSONValue {
        if let text = try? JSONText(validating: bytes), text.isContainer, !isEncoded(text.value) {
            return .verbatim(text)
        }
        if let text = bytes.utf8, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || (0x09...0x0d).contains($0) }) {
            return .string(text)
        }
        return encoded("base64", Data(bytes.array).base64EncodedString())
    }

    /// Whether `value` is how this tool writes bytes: then JSON that looks so must not be passed on as it is.
    static func isEncoded(_ value: JSONValue) -> Bool {
        guard let members = value.members, members.count == 2 else { return false }
        return value["encoding"]?.stringValue != nil && value["data"]?.stringValue != nil
    }

    /// A key in a window: `suffix` bytes after the key, of which the first eight are the start.
    static func windowed(_ bytes: Bytes, _ inner: RecordFormat, size: Int64?, suffix: Int) -> JSONValue? {
        guard bytes.count >= suffix else { return nil }
        let split = bytes.count - suffix
        var reader = ByteReader(bytes[split..<bytes.count])
        guard let start = reader.integer(Int64.self) else { return nil }
        let (end, overflow) = start.addingReportingOverflow(size ?? 0)
        return .object([
            JSONMember("key", inner.show(bytes[0..<split])), JSONMember("start", .integer(start)),
            JSONMember("end", size == nil || overflow ? .null : .integer(end)),
        ])
    }

    /// Its name, as ``init(_:)`` reads it.
    var name: String {
        switch self {
        case .optional(let inner): "optional(\(inner.name))"
        case .windowed(let inner, let size): "windowed(\(inner.name)\(size.map { ",\($0)" } ?? ""))"
        case .storedWindow(let inner, let size): "windowed(\(inner.name),\(size))"
        default: "\(self)"
        }
    }
}
