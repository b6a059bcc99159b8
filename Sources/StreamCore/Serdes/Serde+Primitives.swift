extension Serde where Value == String {
    /// Text as UTF-8; bytes that are not UTF-8 are refused.
    public static var string: Serde<String> {
        Serde(
            description: "string",
            encode: { value, writer in writer.append(value) },
            decode: { bytes in
                guard let text = bytes.utf8 else {
                    throw SerdeError(.malformed, serde: "string", reason: "the bytes are not UTF-8")
                }
                return text
            })
    }
}

extension Serde where Value == Bytes {
    /// Bytes as they are.
    public static var bytes: Serde<Bytes> {
        Serde(description: "bytes", encode: { value, writer in writer.append(value) }, decode: { $0 })
    }
}

extension Serde where Value: FixedWidthInteger & Sendable {
    @usableFromInline static func bigEndian(_ description: String) -> Serde<Value> {
        Serde(
            description: description,
            encode: { value, writer in writer.append(bigEndian: value) },
            decode: { bytes in
                let size = MemoryLayout<Value>.size
                var reader = ByteReader(bytes)
                guard bytes.count == size, let value = reader.integer(Value.self) else {
                    throw SerdeError(
                        .malformed, serde: description, reason: "\(bytes.count) bytes instead of \(size)")
                }
                return value
            })
    }
}

extension Serde where Value == Int64 {
    /// Eight bytes, big-endian, two's complement: Kafka's `LongSerializer`.
    public static var int64: Serde<Int64> { bigEndian("int64") }
}

extension Serde where Value == Int {
    /// Eight bytes, big-endian, two's complement: Kafka's `LongSerializer`.
    public static var int: Serde<Int> { bigEndian("int64") }
}

extension Serde where Value == Int32 {
    /// Four bytes, big-endian, two's complement: Kafka's `IntegerSerializer`.
    public static var int32: Serde<Int32> { bigEndian("int32") }
}

extension Serde where Value == Int16 {
    /// Two bytes, big-endian, two's complement: Kafka's `ShortSerializer`.
    public static var int16: Serde<Int16> { bigEndian("int16") }
}

extension Serde where Value == Double {
    /// Eight bytes, IEEE 754, big-endian: Kafka's `DoubleSerializer`.
    public static var double: Serde<Double> {
        Serde<UInt64>.bigEndian("double").map(decode: { Double(bitPattern: $0) }, encode: { $0.bitPattern })
    }
}

extension Serde where Value == Float {
    /// Four bytes, IEEE 754, big-endian: Kafka's `FloatSerializer`.
    public static var float: Serde<Float> {
        Serde<UInt32>.bigEndian("float").map(decode: { Float(bitPattern: $0) }, encode: { $0.bitPattern })
    }
}

extension Serde where Value == Bool {
    /// One byte, 0 or 1: Kafka's `BooleanSerializer`.
    public static var bool: Serde<Bool> {
        Serde(
            description: "bool", encode: { value, writer in writer.append(value ? 1 : 0) },
            decode: { bytes in
                guard bytes.count == 1, bytes[0] < 2 else {
                    throw SerdeError(.malformed, serde: "bool", reason: "expected one byte, 0 or 1")
                }
                return bytes[0] == 1
            })
    }
}

extension Serde {
    /// `wrapped`, with nil as Kafka's null.
    public static func optional<Wrapped: Sendable>(_ wrapped: Serde<Wrapped>) -> Serde<Wrapped?>
    where Value == Wrapped? {
        Serde<Wrapped?>(
            description: "optional(\(wrapped.description))",
            writing: { value, writer in
                guard let value else { return false }
                return try wrapped.writes(value, &writer)
            },
            reading: { bytes in
                guard let bytes else { return nil }
                return try wrapped.reads(bytes)
            })
    }
}
