/// Where schemas are kept under subjects and ids, as Confluent's registry does; any thread may call, calls may block.
///
/// An id belongs to a schema's text and means the same in every subject; versions count within a subject from 1. Implementations remember
/// what cannot change (the schema of an id), so that only the first call for an id waits.
public protocol SchemaRegistry: Sendable {
    /// Registers `schema` under `subject`, or finds it there.
    ///
    /// - Throws: ``SchemaRegistryError``: `.incompatible` with the reasons when the subject's rule forbids it.
    func register(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema

    /// The version of `subject` that is `schema`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.schemaNotFound`.
    func find(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema

    /// The schema called `id`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.schemaNotFound`.
    func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition

    /// A version of `subject`; the latest when `version` is nil.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.versionNotFound`.
    func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema
}

/// A schema's text and what language it is in.
public struct SchemaDefinition: Sendable, Hashable {
    /// The language of a schema.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Avro.
        case avro = "AVRO"
        /// JSON Schema.
        case json = "JSON"
        /// Protocol Buffers.
        case protobuf = "PROTOBUF"
    }

    /// The language.
    public let kind: Kind
    /// The text as it was registered.
    public let text: String
    /// Other schemas that it names.
    public let references: [SchemaReference]

    /// A schema.
    public init(_ kind: Kind, _ text: String, references: [SchemaReference] = []) {
        self.kind = kind
        self.text = text
        self.references = references
    }
}

/// A schema that another one names.
public struct SchemaReference: Sendable, Hashable {
    /// How the other one names it.
    public let name: String
    /// Where it is registered.
    public let subject: String
    /// Which version is meant.
    public let version: Int

    /// A reference.
    public init(name: String, subject: String, version: Int) {
        self.name = name
        self.subject = subject
        self.version = version
    }
}

/// A schema in its place in a registry.
public struct RegisteredSchema: Sendable, Hashable {
    /// Where it is registered.
    public let subject: String
    /// Which version of the subject it is, from 1.
    public let version: Int
    /// Its id, the same in every subject.
    public let id: Int32
    /// The schema.
    public let definition: SchemaDefinition

    /// A registered schema.
    public init(subject: String, version: Int, id: Int32, definition: SchemaDefinition) {
        self.subject = subject
        self.version = version
        self.id = id
        self.definition = definition
    }
}
