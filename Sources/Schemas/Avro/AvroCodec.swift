public import StreamCore

/// Values of one schema to bytes and back: Avro's binary encoding, by libavro.
///
/// Make one for a schema and keep it; any thread may use it. Bytes are checked before libavro sees them, so that garbage, truncation and
/// lengths of petabytes are refused with the place; values may nest 256 levels.
public final class AvroCodec: Sendable {
    /// What bytes are written by.
    public let schema: AvroSchema
    /// What values are read as; the same when nothing else was asked for.
    public let readerSchema: AvroSchema

    let extent: AvroExtent
    let plan: AvroResolution?
    let library: AvroLibrary

    /// A codec for values of `schema`.
    ///
    /// - Parameters:
    ///   - schema: what the bytes are written by.
    ///   - reader: what values are read as, by Avro's schema resolution; nil for what was written.
    /// - Throws: ``AvroSchemaError`` when libavro refuses the schema.
    public init(_ schema: AvroSchema, readAs reader: AvroSchema? = nil) throws(AvroSchemaError) {
        self.schema = schema
        readerSchema = reader ?? schema
        extent = AvroExtent(schema.types)
        plan =
            reader == nil || reader == schema ? nil : AvroResolution(writer: schema.types, reader: readerSchema.types)
        library = try AvroLibrary(shape: AvroShape.text(of: schema))
    }

    /// Appends the bytes of `value`, which must be one of ``schema``.
    ///
    /// A field of a record that is absent takes its default; a field that the schema does not know is refused. An `.int` passes as a
    /// long, a float or a double, a `.string` as a symbol, and so on where nothing is lost.
    ///
    /// - Throws: ``AvroError``, `.unencodable`: the field and what was expected there.
    public func encode(_ value: AvroValue, into writer: inout ByteWriter) throws(AvroError) {
        let instance = try library.instance()
        defer { instance.free() }
        var encoding = AvroEncoding(types: schema.types)
        try encoding.fill(instance.value, value, schema.root)
        try instance.write(into: &writer)
    }

    /// The bytes of `value`; see ``encode(_:into:)``.
    public func encode(_ value: AvroValue) throws(AvroError) -> Bytes {
        var writer = ByteWriter()
        try encode(value, into: &writer)
        return Bytes(writer.bytes)
    }

    /// The value that `bytes` are, all of them.
    ///
    /// Where a union has several branches of one kind the value comes as ``AvroValue/branch(_:_:)``.
    ///
    /// - Throws: ``AvroError``: `.malformed` for bytes that are none of ``schema``, `.unresolvable` when ``readerSchema`` has no place
    ///   for the value.
    public func decode(_ bytes: Bytes) throws(AvroError) -> AvroValue {
        try AvroScan.check(bytes, schema.types, extent, root: schema.root)
        let instance = try library.instance()
        defer { instance.free() }
        try instance.read(bytes)
        var decoding = AvroDecoding(writer: schema.types, reader: readerSchema.types, plan: plan)
        return try decoding.value(of: instance.value, schema.root, readerSchema.root)
    }
}
