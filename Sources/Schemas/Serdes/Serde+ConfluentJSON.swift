public import JSON
public import StreamCore

extension Serde where Value == JSONValue {
    /// JSON with the frame of Confluent's serializers and a JSON Schema.
    ///
    /// Nothing is asked of the registry before the first value is written; reading asks nothing but whether the id is one of a JSON Schema.
    ///
    /// - Parameters:
    ///   - schema: what is written and what is read.
    ///   - topic: where the values lie; it names the subject.
    ///   - registry: where schemas are found.
    ///   - options: how the schema is registered, and whether values are held against it.
    /// - Returns: a serde that throws ``SerdeError`` for bad values and bytes, with the place of each violation, and
    ///   ``SchemaRegistryError`` when the registry refuses the schema or cannot be reached.
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the subject's name needs a title and there is none.
    public static func confluentJSON(
        _ schema: JSONSchema, topic: String, registry: any SchemaRegistry,
        options: RegistrySerdeOptions = RegistrySerdeOptions()
    ) throws(SchemaRegistryError) -> Serde<JSONValue> {
        let half = try ConfluentJSON(schema, topic: topic, registry: registry, options: options)
        return Serde(
            description: ConfluentJSON.name,
            encode: { value, writer in
                let own = try half.own()
                try half.validate(value, own.meaning, options.validatesOnWrite, .unencodable)
                ConfluentFrame.writePrefix(id: own.id, into: &writer)
                value.write(into: &writer)
            },
            decode: { bytes in
                let payload = try half.payload(bytes)
                return try half.parse(payload)
            })
    }
}

extension Serde where Value: Codable {
    /// JSON of a `Codable` type with the frame of Confluent's serializers and a JSON Schema; see the one for `JSONValue`.
    ///
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the subject's name needs a title and there is none.
    public static func confluentJSON(
        _ type: Value.Type = Value.self, schema: JSONSchema, topic: String, registry: any SchemaRegistry,
        options: RegistrySerdeOptions = RegistrySerdeOptions()
    ) throws(SchemaRegistryError) -> Serde<Value> {
        let plain = Serde<Value>.json(type)
        let half = try ConfluentJSON(schema, topic: topic, registry: registry, options: options)
        return Serde<Value>(
            description: ConfluentJSON.name,
            encode: { value, writer in try half.write(value, plain, into: &writer) },
            decode: { bytes in
                let payload = try half.payload(bytes)
                if options.validatesOnRead { _ = try half.parse(payload) }
                return try plain.decode(payload)
            })
    }
}

/// JSON with a frame, in both directions.
struct ConfluentJSON: Sendable {
    static let name = "confluent-json"

    let schema: JSONSchema
    let options: RegistrySerdeOptions
    let resolution: RegistryResolution
    private let resolved = ResolvedSchemas<JSONSchema>()

    init(
        _ schema: JSONSchema, topic: String, registry: any SchemaRegistry, options: RegistrySerdeOptions
    ) throws(SchemaRegistryError) {
        self.schema = schema
        self.options = options
        let subject = try options.subject(topic: topic, record: schema.json["title"]?.stringValue)
        resolution = RegistryResolution(registry: registry, subject: subject, registration: options.registration)
    }

    func own() throws -> ResolvedSchemas<JSONSchema>.Entry { try resolved.own { try resolve() } }

    private func resolve() throws -> ResolvedSchemas<JSONSchema>.Entry {
        let place = try resolution.own(SchemaDefinition(.json, schema.json.text))
        guard resolution.registration == .latest else { return ResolvedSchemas.Entry(id: place.id, meaning: schema) }
        do {
            return ResolvedSchemas.Entry(id: place.id, meaning: try JSONSchema(parsing: place.definition.text))
        } catch {
            throw SchemaRegistryError(
                .invalidSchema, "the latest version of '\(resolution.subject)' cannot be used here: \(error)")
        }
    }

    func write<Value>(_ value: Value, _ plain: Serde<Value>, into writer: inout ByteWriter) throws {
        let own = try own()
        let start = writer.count
        ConfluentFrame.writePrefix(id: own.id, into: &writer)
        do {
            _ = try plain.write(value, into: &writer)
            guard options.validatesOnWrite else { return }
            let payload = Bytes(writer.bytes, in: (start + ConfluentFrame.prefixCount)..<writer.count)
            try validate(try JSONValue(parsing: payload), own.meaning, true, .unencodable)
        } catch {
            writer.truncate(to: start)
            throw error
        }
    }

    func validate(_ value: JSONValue, _ schema: JSONSchema, _ isWanted: Bool, _ code: SerdeError.Code)
        throws(SerdeError)
    {
        guard isWanted else { return }
        let violations = schema.violations(of: value)
        guard violations.isEmpty else {
            throw SerdeError(code, serde: Self.name, reason: violations.map(\.description).joined(separator: "; "))
        }
    }

    /// The JSON after the frame, whose id must be one of a JSON Schema.
    func payload(_ bytes: Bytes) throws -> Bytes {
        let (id, payload) = try RegistryResolution.frame(bytes, serde: Self.name)
        _ = try resolved.meaning(of: id) {
            _ = try resolution.schema(id: id, .json, serde: Self.name)
            return schema
        }
        return payload
    }

    func parse(_ payload: Bytes) throws(SerdeError) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: payload)
        } catch {
            throw SerdeError(.malformed, serde: Self.name, reason: "\(error)")
        }
        try validate(value, schema, options.validatesOnRead, .malformed)
        return value
    }
}
