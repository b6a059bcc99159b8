public import JSON

extension SchemaDefinition {
    /// The schema as a registry's REST interface says it: `schema`, `schemaType` unless it is Avro, `references` if any.
    public var members: [JSONMember] {
        var members = [JSONMember("schema", .string(text))]
        if kind != .avro { members.append(JSONMember("schemaType", .string(kind.rawValue))) }
        if !references.isEmpty {
            members.append(
                JSONMember(
                    "references",
                    .array(
                        references.map {
                            [
                                "name": .string($0.name), "subject": .string($0.subject),
                                "version": .integer(Int64($0.version)),
                            ]
                        })))
        }
        return members
    }

    var json: JSONValue { .object(members) }

    /// The schema that a registry's REST interface says; nil when the JSON is none.
    public init?(_ json: JSONValue) {
        guard let text = json["schema"]?.stringValue else { return nil }
        var kind = Kind.avro
        if let name = json["schemaType"], name != .null {
            guard let known = name.stringValue.flatMap({ Kind(rawValue: $0) }) else { return nil }
            kind = known
        }
        var references: [SchemaReference] = []
        for reference in json["references"]?.elements ?? [] {
            guard let name = reference["name"]?.stringValue, let subject = reference["subject"]?.stringValue,
                let version = reference["version"]?.integerValue
            else { return nil }
            references.append(SchemaReference(name: name, subject: subject, version: Int(version)))
        }
        self.init(kind, text, references: references)
    }

    /// The same schema on one line without spaces between its parts.
    var compact: SchemaDefinition {
        guard let json = try? JSONValue(parsing: text) else {
            // A primitive of Avro may be said without quotation marks.
            return AvroSchema.Kind(rawValue: text) == nil
                ? self : SchemaDefinition(kind, "\"\(text)\"", references: references)
        }
        return SchemaDefinition(kind, json.text, references: references)
    }

    /// What is the same for schemas that share an id: spaces, and for Avro the order of members, say nothing.
    var identity: SchemaDefinition {
        guard kind == .avro, let json = try? JSONValue(parsing: text) else { return compact }
        return SchemaDefinition(kind, json.sorted.text, references: references)
    }
}

extension JSONValue {
    fileprivate var sorted: JSONValue {
        switch self {
        case .object(let members):
            .object(members.map { JSONMember($0.name, $0.value.sorted) }.sorted { $0.name < $1.name })
        case .array(let values): .array(values.map(\.sorted))
        default: self
        }
    }
}
