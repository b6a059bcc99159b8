import Foundation
package import JSON
import StreamCore

/// Looks a schema over once: every keyword known, every value of the right kind, every reference leading somewhere.
struct SchemaInspection {
    let root: JSONValue
    /// A registry keeps schemas with keywords that this library cannot hold values against; a validator must not.
    var allowsUnknown = false

    private static let annotations: Set<String> = [
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$comment",
        "$defs", "definitions", "format", "contentMediaType", "contentEncoding", "$id", "strict",
    ]
    private static let schemas: Set<String> = [
        "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else", "additionalItems",
    ]
    private static let schemaLists: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let schemaMaps: Set<String> = ["properties", "patternProperties", "dependentSchemas"]
    private static let counts: Set<String> = [
        "minProperties", "maxProperties", "minItems", "maxItems", "minLength", "maxLength",
    ]
    private static let numbers: Set<String> = [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    ]

    func inspect(_ schema: JSONValue, at path: String) throws(JSONSchemaError) {
        if case .bool = schema { return }
        guard let members = schema.members else { throw error(path, "a schema is an object, true or false") }
        for member in members {
            try inspect(member.name, member.value, at: path + "/" + SchemaPath.escape(member.name))
        }
    }

    private func error(_ path: String, _ message: String) -> JSONSchemaError {
        JSONSchemaError(path: path, message: message)
    }

    private func inspect(_ keyword: String, _ value: JSONValue, at path: String) throws(JSONSchemaError) {
        switch keyword {
        case "$defs", "definitions": try inspectMap(value, at: path)
        case _ where Self.annotations.contains(keyword): break
        case _ where Self.schemas.contains(keyword): try inspect(value, at: path)
        case _ where Self.schemaLists.contains(keyword): try inspectList(value, at: path)
        case _ where Self.schemaMaps.contains(keyword):
            try inspectMap(value, at: path)
            guard keyword == "patternProperties" else { break }
            for member in value.members ?? [] { try inspectPattern(member.name, at: path) }
        case "items":
            if value.elements == nil { try inspect(value, at: path) } else { try inspectList(value, at: path) }
        case _ where Self.counts.contains(keyword):
            guard let count = value.integerValue, count >= 0 else {
                throw error(path, "must be a whole number from 0")
            }
        case _ where Self.numbers.contains(keyword):
            guard let number = value.number, keyword != "multipleOf" || number > 0 else {
                throw error(path, "must be a number\(keyword == "multipleOf" ? " above 0" : "")")
            }
        default: try inspectOther(keyword, value, at: path)
        }
    }

    private func inspectOther(_ keyword: String, _ value: JSONValue, at path: String) throws(JSONSchemaError) {
        switch keyword {
        case "const": break
        case "enum": guard value.elements != nil else { throw error(path, "must be an array") }
        case "type":
            let names = value.elements ?? [value]
            guard names.allSatisfy({ JSONType($0.stringValue) != nil }) else {
                throw error(path, "must name types: \(JSONType.allCases.map(\.rawValue).joined(separator: ", "))")
            }
        case "required": try inspectNames(value, at: path)
        case "dependentRequired":
            for member in value.members ?? [] { try inspectNames(member.value, at: path) }
        case "dependencies":
            for member in value.members ?? [] where member.value.elements == nil {
                try inspect(member.value, at: path + "/" + SchemaPath.escape(member.name))
            }
        case "uniqueItems": guard case .bool = value else { throw error(path, "must be true or false") }
        case "pattern":
            guard let pattern = value.stringValue else { throw error(path, "must be text") }
            try inspectPattern(pattern, at: path)
        case "$ref":
            if allowsUnknown, value.stringValue?.hasPrefix("#") == false { break }
            guard let reference = value.stringValue, SchemaPath.resolve(reference, in: root) != nil else {
                throw error(path, "leads nowhere: only '#' and '#/…' within the schema are supported")
            }
        default: if !allowsUnknown { throw error(path, "the keyword is not supported") }
        }
    }

    private func inspectList(_ value: JSONValue, at path: String) throws(JSONSchemaError) {
        guard let schemas = value.elements else { throw error(path, "must be an array of schemas") }
        for (index, schema) in schemas.enumerated() { try inspect(schema, at: "\(path)/\(index)") }
    }

    private func inspectMap(_ value: JSONValue, at path: String) throws(JSONSchemaError) {
        guard let members = value.members else { throw error(path, "must be an object of schemas") }
        for member in members { try inspect(member.value, at: path + "/" + SchemaPath.escape(member.name)) }
    }

    private func inspectNames(_ value: JSONValue, at path: String) throws(JSONSchemaError) {
        guard let names = value.elements, names.allSatisfy({ $0.stringValue != nil }) else {
            throw error(path, "must be an array of names")
        }
    }

    private func inspectPattern(_ pattern: String, at path: String) throws(JSONSchemaError) {
        guard (try? NSRegularExpression(pattern: pattern)) != nil else {
            throw error(path, "'\(pattern)' is not a regular expression")
        }
    }
}

/// The types of JSON values.
enum JSONType: String, CaseIterable {
    case null, boolean, integer, number, string, array, object

    init?(_ name: String?) {
        guard let name, let type = JSONType(rawValue: name) else { return nil }
        self = type
    }

    func matches(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.string, .string), (.array, .array), (.object, .object): true
        case (.number, _): value.number != nil
        case (.integer, _): value.number.map { $0 == $0.rounded() } ?? false
        default: false
        }
    }

    /// The narrowest type of `value`.
    static func name(of value: JSONValue) -> String {
        allCases.first { $0.matches(value) }?.rawValue ?? "something else"
    }
}

extension JSONValue {
    /// A number, as near as `Double` comes; nil for everything else.
    package var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        case .verbatim(let text): Double(text.bytes.utf8 ?? "")
        default: nil
        }
    }

    /// Whether both mean the same: 1 is 1.0, and members have no order.
    func means(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): return left == right
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.means($1) }
        case (.object, .object):
            let (left, right) = (byName, other.byName)
            return left.count == right.count
                && left.allSatisfy { name, value in right[name].map { value.means($0) } ?? false }
        default:
            if let left = number, let right = other.number { return left == right }
            return self == other
        }
    }

    private var byName: [String: JSONValue] {
        Dictionary((members ?? []).map { ($0.name, $0.value) }) { _, last in last }
    }
}
