import JSON

/// A schema that was read and found well formed, with those that it names.
public struct SchemaSource: Sendable {
    /// A schema that another one names.
    public struct Reference: Sendable, Hashable {
        /// How it is named.
        public let name: String
        /// Its text.
        public let text: String

        /// A reference.
        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    enum Parsed: Sendable {
        case avro(AvroSchema)
        case json(JSONSchemaDocument)
    }

    let parsed: Parsed

    /// Reads a schema.
    ///
    /// - Parameters:
    ///   - schema: the schema.
    ///   - references: those that it names, each before those that name it.
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`: where and what is wrong.
    public init(_ schema: SchemaDefinition, references: [Reference] = []) throws(SchemaRegistryError) {
        do {
            switch schema.kind {
            case .avro: parsed = .avro(try AvroSchema(parsing: schema.text, references: references.map(\.text)))
            case .json: parsed = .json(try JSONSchemaDocument(schema.text, references: references))
            case .protobuf:
                throw SchemaRegistryError(
                    .invalidSchema, "schemas of type PROTOBUF are not supported here: AVRO and JSON are")
            }
        } catch let error as SchemaRegistryError {
            throw error
        } catch {
            throw SchemaRegistryError(.invalidSchema, "Invalid schema: \(error)")
        }
    }

    /// Why values that `writer` describes cannot all be read by this schema; nothing when they can.
    public func problems(reading writer: SchemaSource) -> [SchemaIncompatibility] {
        switch (parsed, writer.parsed) {
        case (.avro(let reader), .avro(let writer)): return AvroCompatibility.problems(reader: reader, writer: writer)
        case (.json(let update), .json(let original)):
            return JSONSchemaComparison.problems(original: original, update: update)
        default:
            return [
                SchemaIncompatibility(
                    "SCHEMA_TYPE_CHANGED", "", "one is Avro, the other is JSON Schema: use another subject")
            ]
        }
    }
}
