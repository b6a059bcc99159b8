public import StreamCore

/// A value as Avro sees it, without its schema.
public indirect enum AvroValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// True or false.
    case boolean(Bool)
    /// A 32-bit integer.
    case int(Int32)
    /// A 64-bit integer.
    case long(Int64)
    /// A 32-bit number.
    case float(Float)
    /// A 64-bit number.
    case double(Double)
    /// Any bytes.
    case bytes(Bytes)
    /// Text.
    case string(String)
    /// As many bytes as the schema says.
    case fixed(Bytes)
    /// One of the schema's symbols.
    case symbol(String)
    /// Values of one schema.
    case array([AvroValue])
    /// Values of one schema by name.
    case map([String: AvroValue])
    /// Values by field, in any order; a field that is absent takes its default.
    case record([String: AvroValue])
    /// A value with the branch of a union that it takes, by full name: needed only where a union has several branches of one kind.
    case branch(String, AvroValue)
}
