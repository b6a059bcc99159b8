/// How values of one type become the bytes of a record and come back.
///
/// A serde is a value; make new ones from closures or from other serdes. Null is part of the contract: a serde made by
/// ``optional(_:)`` reads and writes it, every other refuses it with a ``SerdeError``.
public struct Serde<Value: Sendable>: Sendable, CustomStringConvertible {
    /// A stable name that a tool can decode by, such as `string`, `int64` or `windowed(string,60000)`.
    ///
    /// It is kept beside stored state; changing it makes old state unreadable, which is refused with instructions.
    public let description: String
    /// How many bytes at the end of a key do not decide its partition: 8 for windowed keys, whose window must not.
    public let unpartitionedSuffix: Int
    @usableFromInline let writes: @Sendable (Value, inout ByteWriter) throws -> Bool
    @usableFromInline let reads: @Sendable (Bytes?) throws -> Value

    /// A serde from its two halves, with null.
    ///
    /// - Parameters:
    ///   - description: its stable name.
    ///   - unpartitionedSuffix: see ``unpartitionedSuffix``.
    ///   - write: appends the bytes of a value, or appends nothing and returns false for null.
    ///   - read: makes a value of bytes, nil being null.
    @inlinable public init(
        description: String, unpartitionedSuffix: Int = 0,
        writing write: @escaping @Sendable (Value, inout ByteWriter) throws -> Bool,
        reading read: @escaping @Sendable (Bytes?) throws -> Value
    ) {
        self.description = description
        self.unpartitionedSuffix = unpartitionedSuffix
        writes = write
        reads = read
    }

    /// A serde from its two halves, refusing null.
    @inlinable public init(
        description: String, unpartitionedSuffix: Int = 0,
        encode: @escaping @Sendable (Value, inout ByteWriter) throws -> Void,
        decode: @escaping @Sendable (Bytes) throws -> Value
    ) {
        self.init(
            description: description, unpartitionedSuffix: unpartitionedSuffix,
            writing: { value, writer in
                try encode(value, &writer)
                return true
            },
            reading: { bytes in
                guard let bytes else {
                    throw SerdeError(.null, serde: description, reason: "null")
                }
                return try decode(bytes)
            })
    }

    /// Appends the bytes of `value`; returns how many, or nil for null.
    ///
    /// - Throws: what the serde throws; mostly ``SerdeError``.
    @inlinable public func write(_ value: Value, into writer: inout ByteWriter) throws -> Int? {
        let start = writer.count
        return try writes(value, &writer) ? writer.count - start : nil
    }

    /// The bytes of `value` in storage of their own; nil for null.
    ///
    /// - Throws: what the serde throws; mostly ``SerdeError``.
    @inlinable public func encode(_ value: Value) throws -> Bytes? {
        var writer = ByteWriter()
        return try writes(value, &writer) ? Bytes(writer.bytes) : nil
    }

    /// The value of `bytes`, nil being null.
    ///
    /// - Throws: ``SerdeError`` for null or malformed bytes.
    @inlinable public func decode(_ bytes: Bytes?) throws -> Value { try reads(bytes) }

    /// The same bytes for another type.
    ///
    /// - Parameters:
    ///   - description: the new serde's stable name; the old one's when nil.
    ///   - decode: makes the new type of the old.
    ///   - encode: makes the old type of the new.
    /// - Returns: a serde of `NewValue` that writes and reads what this one does.
    public func map<NewValue>(
        description: String? = nil, decode: @escaping @Sendable (Value) throws -> NewValue,
        encode: @escaping @Sendable (NewValue) throws -> Value
    ) -> Serde<NewValue> {
        Serde<NewValue>(
            description: description ?? self.description, unpartitionedSuffix: unpartitionedSuffix,
            writing: { [writes] value, writer in try writes(encode(value), &writer) },
            reading: { [reads] bytes in try decode(reads(bytes)) })
    }
}
