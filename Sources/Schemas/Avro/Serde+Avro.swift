public import StreamCore

extension Serde where Value == AvroValue {
    /// Values of `schema` in Avro's binary encoding, without a frame: both ends must know the schema.
    ///
    /// - Parameters:
    ///   - schema: what is written.
    ///   - reader: what is read by Avro's schema resolution, when that differs.
    /// - Returns: a serde called `avro`.
    /// - Throws: ``AvroSchemaError`` when the schema cannot be used.
    public static func avro(
        _ schema: AvroSchema, readAs reader: AvroSchema? = nil
    ) throws(AvroSchemaError) -> Serde<AvroValue> {
        let codec = try AvroCodec(schema, readAs: reader)
        return Serde(
            description: "avro",
            encode: { value, writer in
                do {
                    try codec.encode(value, into: &writer)
                } catch {
                    throw SerdeError(.unencodable, serde: "avro", reason: "\(error)")
                }
            },
            decode: { bytes in
                do {
                    return try codec.decode(bytes)
                } catch {
                    throw SerdeError(.malformed, serde: "avro", reason: "\(error)")
                }
            })
    }
}

extension Serde {
    /// Values of your own type in Avro's binary encoding, without a frame.
    ///
    /// - Throws: ``AvroSchemaError`` when the schema cannot be used.
    public static func avro(
        _ schema: AvroSchema, readAs reader: AvroSchema? = nil,
        decode: @escaping @Sendable (AvroValue) throws -> Value, encode: @escaping @Sendable (Value) throws -> AvroValue
    ) throws(AvroSchemaError) -> Serde<Value> {
        try Serde<AvroValue>.avro(schema, readAs: reader).map(decode: decode, encode: encode)
    }
}
