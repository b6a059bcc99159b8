public import StreamCore

extension Serde where Value == AvroValue {
    /// Values of `schema` in Avro with the frame of Confluent's serializers: readers find the writer's schema by its id.
    ///
    /// Nothing is asked of the registry before the first value. What was written with another schema is read as `schema`, by Avro's
    /// resolution. Blocks while the registry is asked, once for each id.
    ///
    /// - Parameters:
    ///   - schema: what is written, and what is read.
    ///   - topic: where the values lie; it names the subject.
    ///   - registry: where schemas are found.
    ///   - options: how the schema is registered and the subject called.
    ///   - references: what `schema` names, where it is registered.
    /// - Returns: a serde that throws ``SerdeError`` for bad values and bytes, and ``SchemaRegistryError`` when the registry refuses the
    ///   schema or cannot be reached.
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the schema or the subject's name cannot be used.
    public static func confluentAvro(
        _ schema: AvroSchema, topic: String, registry: any SchemaRegistry,
        options: RegistrySerdeOptions = RegistrySerdeOptions(), references: [SchemaReference] = []
    ) throws(SchemaRegistryError) -> Serde<AvroValue> {
        let half = try ConfluentAvro(
            schema: schema, definition: SchemaDefinition(.avro, schema.text, references: references),
            resolution: RegistryResolution(
                registry: registry, subject: try options.subject(topic: topic, record: schema.name),
                registration: options.registration))
        return Serde(
            description: ConfluentAvro.name, encode: { value, writer in try half.write(value, into: &writer) },
            decode: { bytes in try half.read(bytes) })
    }
}

extension Serde {
    /// Values of your own type in Avro with the frame of Confluent's serializers.
    ///
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the schema or the subject's name cannot be used.
    public static func confluentAvro(
        _ schema: AvroSchema, topic: String, registry: any SchemaRegistry,
        options: RegistrySerdeOptions = RegistrySerdeOptions(),
        decode: @escaping @Sendable (AvroValue) throws -> Value, encode: @escaping @Sendable (Value) throws -> AvroValue
    ) throws(SchemaRegistryError) -> Serde<Value> {
        try Serde<AvroValue>.confluentAvro(schema, topic: topic, registry: registry, options: options)
            .map(decode: decode, encode: encode)
    }
}

/// Avro with a frame, in both directions.
struct ConfluentAvro: Sendable {
    static let name = "confluent-avro"

    private let schema: AvroSchema
    private let definition: SchemaDefinition
    private let resolution: RegistryResolution
    private let resolved = ResolvedSchemas<AvroCodec>()

    init(
        schema: AvroSchema, definition: SchemaDefinition, resolution: RegistryResolution
    ) throws(SchemaRegistryError) {
        (self.schema, self.definition, self.resolution) = (schema, definition, resolution)
    }

    func write(_ value: AvroValue, into writer: inout ByteWriter) throws {
        let own = try resolved.own { try resolve() }
        let start = writer.count
        ConfluentFrame.writePrefix(id: own.id, into: &writer)
        do {
            try own.meaning.encode(value, into: &writer)
        } catch {
            writer.truncate(to: start)
            throw SerdeError(.unencodable, serde: Self.name, reason: "\(error)")
        }
    }

    private func resolve() throws -> ResolvedSchemas<AvroCodec>.Entry {
        let place = try resolution.own(definition)
        let isOwn = resolution.registration != .latest
        let written = isOwn ? schema : try parse(place.definition)
        return ResolvedSchemas.Entry(id: place.id, meaning: try codec(written, readAs: schema))
    }

    private func resolve(_ id: Int32) throws -> AvroCodec {
        try codec(try parse(try resolution.schema(id: id, .avro, serde: Self.name)), readAs: schema)
    }

    func read(_ bytes: Bytes) throws -> AvroValue {
        let (id, payload) = try RegistryResolution.frame(bytes, serde: Self.name)
        let found = try resolved.meaning(of: id) { try resolve(id) }
        do {
            return try found.decode(payload)
        } catch {
            throw SerdeError(.malformed, serde: Self.name, reason: "\(error) (schema \(id))")
        }
    }

    private func parse(_ definition: SchemaDefinition) throws -> AvroSchema {
        do {
            return try AvroSchema(
                parsing: definition.text, references: try resolution.references(of: definition).map(\.text))
        } catch let error as AvroSchemaError {
            throw SchemaRegistryError(.invalidSchema, "the registry's schema cannot be used: \(error)")
        }
    }

    private func codec(_ written: AvroSchema, readAs reader: AvroSchema) throws(SchemaRegistryError) -> AvroCodec {
        do {
            return try AvroCodec(written, readAs: reader)
        } catch {
            throw SchemaRegistryError(.invalidSchema, "\(error)")
        }
    }
}
