import JSON

/// What a part of a JSON Schema is, as far as two of them can be compared; after Confluent's registry, which sees a type with other
/// conditions beside it as "all of" them.
enum JSONSchemaShape {
    enum Criterion: String {
        case all = "allOf"
        case any = "anyOf"
        case one = "oneOf"
    }

    case anything
    case nothing
    case combined(Criterion, [JSONSchemaDocument.Node])
    case constant(JSONValue)
    case enumeration([JSONValue])
    case not(JSONSchemaDocument.Node)
    case object, array, string, boolean, null
    case number(isInteger: Bool)
    /// What could not be understood, such as a reference that leads nowhere.
    case opaque

    /// A word that is the same for shapes that can be compared.
    var family: String {
        switch self {
        case .anything: "anything"
        case .nothing: "nothing"
        case .combined: "a combination"
        case .constant: "a constant"
        case .enumeration: "an enum"
        case .not: "a negation"
        case .object: "object"
        case .array: "array"
        case .string: "string"
        case .boolean: "boolean"
        case .null: "null"
        case .number: "number"
        case .opaque: "an unknown reference"
        }
    }

    private static let keywords: [(type: String, keywords: Set<String>)] = [
        (
            "object",
            [
                "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
                "maxProperties", "dependencies", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
            ]
        ),
        (
            "array",
            [
                "items", "prefixItems", "additionalItems", "contains", "minItems", "maxItems", "uniqueItems",
                "minContains", "maxContains", "unevaluatedItems",
            ]
        ),
        ("string", ["minLength", "maxLength", "pattern"]),
        ("number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ]

    /// The shape of `node`, which is no reference.
    init(_ node: JSONSchemaDocument.Node) {
        if case .bool(let allows) = node.json {
            self = allows ? .anything : .nothing
            return
        }
        guard node.json.members != nil else {
            self = .opaque
            return
        }
        let parts = Self.parts(of: node)
        switch parts.count {
        case 0: self = .anything
        case 1: self = Self.single(parts[0])
        default: self = .combined(.all, parts)
        }
    }

    /// The conditions of a schema, each as a schema of its own.
    private static func parts(of node: JSONSchemaDocument.Node) -> [JSONSchemaDocument.Node] {
        let members = node.json.members ?? []
        var parts: [JSONSchemaDocument.Node] = []
        for keyword in ["const", "enum", "not", "allOf", "anyOf", "oneOf"] {
            guard let value = node.json[keyword] else { continue }
            parts.append(node.part([JSONMember(keyword, value)], keyword))
        }
        func typed(_ name: String) -> JSONSchemaDocument.Node {
            let known = keywords.first { $0.type == (name == "integer" ? "number" : name) }?.keywords ?? []
            let own = members.filter { known.contains($0.name) || $0.name == "default" }
            return node.part([JSONMember("type", .string(name))] + own, name)
        }
        let types = node.json["type"].map { $0.elements ?? [$0] }?.compactMap(\.stringValue)
        if let types, types.count > 1 {
            let branches = types.map { typed($0).json }
            parts.append(node.part([JSONMember("anyOf", .array(branches))], "type"))
        } else if let type = types?.first {
            parts.append(typed(type))
        } else {
            for (type, words) in keywords where members.contains(where: { words.contains($0.name) }) {
                parts.append(typed(type))
            }
        }
        return parts
    }

    /// The shape of one condition.
    private static func single(_ node: JSONSchemaDocument.Node) -> JSONSchemaShape {
        if let value = node.json["const"] { return .constant(value) }
        if let values = node.json["enum"]?.elements { return .enumeration(values) }
        if let negated = node.child("not") { return .not(negated) }
        for criterion in [Criterion.all, .any, .one] where node.json[criterion.rawValue] != nil {
            return .combined(criterion, node.list(criterion.rawValue))
        }
        switch node.json["type"]?.stringValue {
        case "object": return .object
        case "array": return .array
        case "string": return .string
        case "boolean": return .boolean
        case "null": return .null
        case "number": return .number(isInteger: false)
        case "integer": return .number(isInteger: true)
        default: return .opaque
        }
    }
}

extension JSONSchemaDocument.Node {
    /// Some members of this schema as a schema; `name` tells it from others made of the same.
    fileprivate func part(_ members: [JSONMember], _ name: String) -> JSONSchemaDocument.Node {
        JSONSchemaDocument.Node(
            json: .object(members), document: document, place: "\(place)&\(name)")
    }
}
