import JSON

extension JSONSchema {
    /// Text.
    public static func string(
        _ description: String? = nil, minLength: Int? = nil, maxLength: Int? = nil, pattern: String? = nil
    ) -> JSONSchema {
        make(
            "string", description,
            [
                ("minLength", minLength.map(whole)), ("maxLength", maxLength.map(whole)),
                ("pattern", pattern.map(JSONValue.string)),
            ])
    }

    /// One of some texts.
    public static func oneOf(_ texts: [String], _ description: String? = nil) -> JSONSchema {
        make("string", description, [("enum", .array(texts.map(JSONValue.string)))])
    }

    /// A number.
    public static func number(
        _ description: String? = nil, minimum: Double? = nil, maximum: Double? = nil
    ) -> JSONSchema {
        make(
            "number", description,
            [
                ("minimum", minimum.map(JSONValue.double)), ("maximum", maximum.map(JSONValue.double)),
            ])
    }

    /// A whole number.
    public static func integer(_ description: String? = nil, minimum: Int? = nil, maximum: Int? = nil) -> JSONSchema {
        make("integer", description, [("minimum", minimum.map(whole)), ("maximum", maximum.map(whole))])
    }

    /// `true` or `false`.
    public static func boolean(_ description: String? = nil) -> JSONSchema { make("boolean", description, []) }

    /// A list of what `items` describes.
    public static func array(
        of items: JSONSchema, _ description: String? = nil, minItems: Int? = nil, maxItems: Int? = nil
    ) -> JSONSchema {
        make(
            "array", description,
            [
                ("items", items.json), ("minItems", minItems.map(whole)), ("maxItems", maxItems.map(whole)),
            ])
    }

    /// An object with these members and no others, all of them required unless `required` says which are.
    public static func object(
        _ properties: KeyValuePairs<String, JSONSchema>, required: [String]? = nil, _ description: String? = nil
    ) -> JSONSchema {
        make(
            "object", description,
            [
                ("properties", .object(properties.map { JSONMember($0.key, $0.value.json) })),
                ("required", .array((required ?? properties.map(\.key)).map(JSONValue.string))),
                ("additionalProperties", .bool(false)),
            ])
    }

    /// What one of `schemas` describes.
    public static func anyOf(_ schemas: [JSONSchema]) -> JSONSchema {
        JSONSchema(built: .object([JSONMember("anyOf", .array(schemas.map(\.json)))]))
    }

    /// What this describes, or `null`.
    public var orNull: JSONSchema { .anyOf([self, JSONSchema(built: ["type": "null"])]) }

    private static func whole(_ number: Int) -> JSONValue { .integer(Int64(number)) }

    private static func make(
        _ type: String, _ description: String?, _ members: [(String, JSONValue?)]
    ) -> JSONSchema {
        var all = [JSONMember("type", .string(type))]
        if let description { all.append(JSONMember("description", .string(description))) }
        for (name, value) in members { if let value { all.append(JSONMember(name, value)) } }
        return JSONSchema(built: .object(all))
    }
}
