public import Foundation

/// A type that knows how it is best written, so that a step that stores or repartitions it needs no serde spelled out.
///
/// Make your own types conform to replace the standard for `Codable` types, which is JSON.
public protocol HasStandardSerde: Sendable {
    /// How values of this type are written where nothing else is said.
    static var standardSerde: Serde<Self> { get }
}

extension String: HasStandardSerde {
    /// Text is written as UTF-8, by ``Serde/string``.
    public static var standardSerde: Serde<String> { .string }
}
extension Bytes: HasStandardSerde {
    /// Bytes are written as they are, by ``Serde/bytes``.
    public static var standardSerde: Serde<Bytes> { .bytes }
}
extension Int: HasStandardSerde {
    /// Integers are written as eight bytes, by ``Serde/int``.
    public static var standardSerde: Serde<Int> { .int }
}
extension Int64: HasStandardSerde {
    /// Integers are written as eight bytes, by ``Serde/int64``.
    public static var standardSerde: Serde<Int64> { .int64 }
}
extension Int32: HasStandardSerde {
    /// Integers are written as four bytes, by ``Serde/int32``.
    public static var standardSerde: Serde<Int32> { .int32 }
}
extension Int16: HasStandardSerde {
    /// Integers are written as two bytes, by ``Serde/int16``.
    public static var standardSerde: Serde<Int16> { .int16 }
}
extension Double: HasStandardSerde {
    /// Numbers are written as eight bytes, by ``Serde/double``.
    public static var standardSerde: Serde<Double> { .double }
}
extension Float: HasStandardSerde {
    /// Numbers are written as four bytes, by ``Serde/float``.
    public static var standardSerde: Serde<Float> { .float }
}
extension Bool: HasStandardSerde {
    /// Truth is written as one byte, by ``Serde/bool``.
    public static var standardSerde: Serde<Bool> { .bool }
}
extension UUID: HasStandardSerde {
    /// Identifiers are written as 36 characters, by ``Serde/uuid``.
    public static var standardSerde: Serde<UUID> { .uuid }
}
extension Optional: HasStandardSerde where Wrapped: HasStandardSerde {
    /// Nil is written as Kafka's null, anything else by the wrapped type's standard.
    public static var standardSerde: Serde<Wrapped?> { .optional(Wrapped.standardSerde) }
}

extension Serde {
    /// How `Value` is written where nothing else is said: as it says itself, else JSON if it is `Codable`; nil if neither.
    public static var standard: Serde<Value>? {
        if let type = Value.self as? any HasStandardSerde.Type { return standardSerde(of: type) as? Serde<Value> }
        guard Value.self is any Decodable.Type, Value.self is any Encodable.Type else { return nil }
        return Serde(
            description: "json",
            encode: { value, writer in
                guard let value = value as? any Encodable else { return }
                try JSONHalves.write(value, into: &writer)
            },
            decode: { bytes in
                guard let type = Value.self as? any Decodable.Type,
                    let value = try JSONHalves.read(type, from: bytes) as? Value
                else {
                    throw SerdeError(.malformed, serde: "json", reason: "not a \(Value.self)")
                }
                return value
            })
    }

    private static func standardSerde<Known: HasStandardSerde>(of _: Known.Type) -> Any { Known.standardSerde }
}

/// JSON in both directions, with errors in one line.
enum JSONHalves {
    static func write(_ value: some Encodable, into writer: inout ByteWriter) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try encoder.encode(value).withUnsafeBytes { writer.append($0) }
        } catch {
            throw SerdeError(.unencodable, serde: "json", reason: JSONErrorText.describe(error))
        }
    }

    static func read<Value: Decodable>(_: Value.Type, from bytes: Bytes) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes.array))
        } catch {
            throw SerdeError(.malformed, serde: "json", reason: JSONErrorText.describe(error))
        }
    }
}
