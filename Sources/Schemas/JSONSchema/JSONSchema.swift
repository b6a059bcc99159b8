public import JSON

/// What JSON values may look like: JSON Schema, as far as values are held against it here.
///
/// Supported: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `patternProperties`, `propertyNames`,
/// `minProperties`, `maxProperties`, `items`, `prefixItems`, `additionalItems`, `contains`, `minItems`, `maxItems`, `uniqueItems`,
/// `minLength`, `maxLength`, `pattern`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `allOf`, `anyOf`,
/// `oneOf`, `not`, `if`/`then`/`else`, `dependencies`, `dependentRequired`, `dependentSchemas`, and `$ref` within the schema.
/// Annotations, `format` among them, say nothing here. What would restrict values and is not supported is refused, not skipped.
public struct JSONSchema: Sendable, Hashable {
    /// The schema as JSON.
    public let json: JSONValue

    /// A schema as JSON.
    ///
    /// - Throws: ``JSONSchemaError``: a keyword that is not supported, or that has not the right kind of value.
    public init(_ json: JSONValue) throws(JSONSchemaError) {
        self.json = json
        try SchemaInspection(root: json).inspect(json, at: "")
    }

    /// A schema as JSON text.
    ///
    /// - Throws: ``JSONSchemaError``: no JSON, or as ``init(_:)``.
    public init(parsing text: String) throws(JSONSchemaError) {
        do {
            try self.init(try JSONValue(parsing: text))
        } catch let error as JSONSchemaError {
            throw error
        } catch {
            throw JSONSchemaError(path: "", message: "not JSON: \(error)")
        }
    }

    /// What this library's own builders make is in order.
    init(built json: JSONValue) { self.json = json }

    /// What is wrong with `value`, at most `limit` findings; nothing when it is as described.
    public func violations(of value: JSONValue, limit: Int = 10) -> [SchemaViolation] {
        var validation = SchemaValidation(root: json, limit: limit)
        validation.check(value, json, at: "")
        return validation.violations
    }
}

/// A schema that cannot be used.
public struct JSONSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where, as a JSON pointer.
    public let path: String
    /// What is wrong there.
    public let message: String

    /// The place and what is wrong.
    public var description: String { "schema\(path.isEmpty ? "" : " at \(path)"): \(message)" }
}

/// Where a value is not as its schema says.
public struct SchemaViolation: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Where, as a JSON pointer; empty for the whole value.
    public let path: String
    /// What was expected and what is there.
    public let message: String

    /// For example `/amount: expected at least 0, found -3`.
    public var description: String { "\(path.isEmpty ? "the value" : path): \(message)" }
}
