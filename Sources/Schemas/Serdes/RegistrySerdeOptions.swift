/// Where a serde registers its schema, and how careful it is.
public struct RegistrySerdeOptions: Sendable, Hashable {
    /// Which schema values are written with.
    public enum Registration: Sendable, Hashable {
        /// The serde's own, registered at the first value; refused when it breaks the subject's rule.
        case automatic
        /// The serde's own, which must have been registered.
        case existing
        /// The subject's latest version, whatever it is: values must fit it.
        case latest
    }

    /// How the subject is called; the names are those of Confluent's serializers.
    public enum SubjectNaming: String, Sendable, Hashable {
        /// `<topic>-key` or `<topic>-value`.
        case topic = "TopicNameStrategy"
        /// The record's full name.
        case record = "RecordNameStrategy"
        /// `<topic>-<record's full name>`.
        case topicRecord = "TopicRecordNameStrategy"
    }

    /// Which schema values are written with.
    public var registration: Registration
    /// How the subject is called.
    public var naming: SubjectNaming
    /// Whether keys are written, not values.
    public var isKey: Bool
    /// Whether JSON is held against the schema before it is written; Avro always is.
    public var validatesOnWrite: Bool
    /// Whether JSON is held against the reader's schema when it is read; Avro always is.
    public var validatesOnRead: Bool

    /// Options.
    public init(
        registration: Registration = .automatic, naming: SubjectNaming = .topic, isKey: Bool = false,
        validatesOnWrite: Bool = true, validatesOnRead: Bool = true
    ) {
        self.registration = registration
        self.naming = naming
        self.isKey = isKey
        self.validatesOnWrite = validatesOnWrite
        self.validatesOnRead = validatesOnRead
    }

    /// The subject of a topic's keys or values; `record` is the full name of the schema, or the title of a JSON Schema.
    ///
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the name of the record is wanted and there is none.
    public func subject(topic: String, record: String?) throws(SchemaRegistryError) -> String {
        guard naming != .topic else { return "\(topic)-\(isKey ? "key" : "value")" }
        guard let record, !record.isEmpty else {
            throw SchemaRegistryError(
                .invalidSchema,
                "\(naming.rawValue) needs a schema with a name (Avro: a record, an enum or a fixed; JSON: a title)")
        }
        return naming == .record ? record : "\(topic)-\(record)"
    }
}
