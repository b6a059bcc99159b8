public import StreamCore

/// A member of a JSON object.
public struct JSONMember: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: JSONValue

    /// A member.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// A JSON value: integers of 64 bits stay exact, members keep their order.
///
/// Equality looks at members in order too, and at numbers as they are kept: 1 and 1.0 differ.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A whole number above `Int64.max`.
    case unsigned(UInt64)
    /// A number with a fraction or an exponent; what is not finite is written as text, for JSON has no such number.
    case double(Double)
    /// Text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Members in order; of several with one name the last counts.
    case object([JSONMember])
    /// JSON that is passed on as it was written, such as a record's value, or a number that no other case can hold.
    case verbatim(JSONText)

    /// The member `name` of an object; nil when there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The text of a string; nil for everything else.
    public var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number that fits 64 bits; nil for everything else.
    public var integerValue: Int64? {
        switch self {
        case .integer(let number): number
        case .double(let number): Int64(exactly: number)
        default: nil
        }
    }

    /// The members of an object; nil for everything else.
    public var members: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The values of an array; nil for everything else.
    public var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    /// Values in order.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Members in order.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
}

/// Bytes that are one valid JSON value, kept as they were written.
public struct JSONText: Sendable, Hashable {
    /// The text, UTF-8, without spaces around it.
    public let bytes: Bytes

    /// `bytes` when they are one JSON value by RFC 8259, in UTF-8, at most 512 levels deep.
    ///
    /// - Throws: ``JSONError``: what is wrong and where.
    public init(validating bytes: Bytes) throws(JSONError) {
        var scanner = JSONScanner(bytes)
        scanner.skipSpaces()
        let start = scanner.position
        try scanner.skipValue()
        self.bytes = bytes[start..<scanner.position]
        try scanner.finish()
    }

    init(trusted bytes: Bytes) { self.bytes = bytes }

    /// Whether it is an object or an array.
    public var isContainer: Bool { !bytes.isEmpty && (bytes[0] == UInt8(ascii: "{") || bytes[0] == UInt8(ascii: "[")) }

    /// The value.
    public var value: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
}

/// Bytes that are not JSON.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// Where, counted in bytes from the start.
    public let offset: Int

    /// For example `unexpected end of text at byte 17`.
    public var description: String { "\(message) at byte \(offset)" }
}
