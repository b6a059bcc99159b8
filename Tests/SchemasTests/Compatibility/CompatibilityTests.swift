import Schemas
import Testing

/// A change of a schema, and what Confluent's registry calls it when readers of the new one cannot read the old one's values.
struct SchemaChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: String
    let after: String
    let codes: [String]

    init(_ description: String, _ before: String, _ after: String, _ codes: String...) {
        (testDescription, self.before, self.after, self.codes) = (description, before, after, codes)
    }
}

@Suite("Compatibility of schemas")
struct CompatibilityTests {
    private func codes(_ kind: SchemaDefinition.Kind, _ before: String, _ after: String) throws -> [String] {
        let (old, new) = (
            try SchemaSource(SchemaDefinition(kind, before)), try SchemaSource(SchemaDefinition(kind, after))
        )
        return new.problems(reading: old).map(\.code)
    }

    private static func record(_ fields: String, _ more: String = "") -> String {
        #"{"type": "record", "name": "n.R", "fields": [\#(fields)]\#(more)}"#
    }
    private static func field(_ name: String, _ type: String, _ more: String = "") -> String {
        #"{"name": "\#(name)", "type": \#(type)\#(more)}"#
    }

    @Test(
        "Avro: what a reader takes and what it cannot",
        arguments: [
            SchemaChange("nothing", record(field("a", "\"int\"")), record(field("a", "\"int\""))),
            SchemaChange("a field goes", record(field("a", "\"int\"")), record("")),
            SchemaChange(
                "a field comes without default", record(""), record(field("a", "\"int\"")),
                "READER_FIELD_MISSING_DEFAULT_VALUE"),
            SchemaChange("a field comes with default", record(""), record(field("a", "\"int\"", #", "default": 1"#))),
            SchemaChange(
                "a field is renamed with an alias", record(field("a", "\"int\"")),
                record(field("b", "\"int\"", #", "aliases": ["a"]"#))),
            SchemaChange("int to double", record(field("a", "\"int\"")), record(field("a", "\"double\""))),
            SchemaChange(
                "double to int", record(field("a", "\"double\"")), record(field("a", "\"int\"")), "TYPE_MISMATCH"),
            SchemaChange("string to bytes", "\"string\"", "\"bytes\""),
            SchemaChange("a type becomes optional", "\"int\"", #"["null", "int"]"#),
            SchemaChange("an optional type becomes required", #"["null", "int"]"#, "\"int\"", "TYPE_MISMATCH"),
            SchemaChange("a branch goes", #"["null", "int", "string"]"#, #"["null", "int"]"#, "MISSING_UNION_BRANCH"),
            SchemaChange(
                "a symbol goes", #"{"type": "enum", "name": "E", "symbols": ["A", "B"]}"#,
                #"{"type": "enum", "name": "E", "symbols": ["A"]}"#, "MISSING_ENUM_SYMBOLS"),
            SchemaChange(
                "a symbol goes and there is a default", #"{"type": "enum", "name": "E", "symbols": ["A", "B"]}"#,
                #"{"type": "enum", "name": "E", "symbols": ["A"], "default": "A"}"#),
            SchemaChange(
                "a fixed grows", #"{"type": "fixed", "name": "F", "size": 1}"#,
                #"{"type": "fixed", "name": "F", "size": 2}"#,
                "FIXED_SIZE_MISMATCH"),
            SchemaChange(
                "a record is renamed", record(""), #"{"type": "record", "name": "n.Q", "fields": []}"#, "NAME_MISMATCH"),
            SchemaChange(
                "a record is renamed with an alias", record(""),
                #"{"type": "record", "name": "n.Q", "aliases": ["R"], "fields": []}"#),
            SchemaChange(
                "a type that contains itself", record(field("n", #"["null", "n.R"]"#)),
                record(field("n", #"["null", "n.R"]"#) + "," + field("m", "\"int\"")),
                "READER_FIELD_MISSING_DEFAULT_VALUE"),
            SchemaChange(
                "items", #"{"type": "array", "items": "long"}"#, #"{"type": "array", "items": "int"}"#, "TYPE_MISMATCH"),
        ])
    func avro(_ change: SchemaChange) throws {
        #expect(try codes(.avro, change.before, change.after) == change.codes)
    }

    private static func open(_ properties: String, _ more: String = "") -> String {
        #"{"type": "object", "properties": {\#(properties)}\#(more)}"#
    }
    private static func closed(_ properties: String, _ more: String = "") -> String {
        open(properties, #", "additionalProperties": false\#(more)"#)
    }
    private static let a = #""a": {"type": "integer"}"#
    private static let b = #""b": {"type": "string"}"#

    @Test(
        "JSON Schema: what may change in open and closed content models, and what else",
        arguments: [
            SchemaChange("nothing", open(a), open(a)),
            SchemaChange("a title", open(a), open(a, #", "title": "T""#)),
            SchemaChange(
                "open: a property comes", open(a), open("\(a), \(b)"), "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"),
            SchemaChange(
                "open: a required property comes", open(a), open("\(a), \(b)", #", "required": ["b"]"#),
                "REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL"),
            SchemaChange("open: a property of any kind comes", open(a), open(#"\#(a), "b": {}"#)),
            SchemaChange("open: a property goes", open("\(a), \(b)"), open(a)),
            SchemaChange("closed: a property comes", closed(a), closed("\(a), \(b)")),
            SchemaChange(
                "closed: a required property comes", closed(a), closed("\(a), \(b)", #", "required": ["b"]"#),
                "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"),
            SchemaChange(
                "closed: a required property with default comes", closed(a),
                closed(#"\#(a), "b": {"type": "string", "default": "x"}"#, #", "required": ["b"]"#)),
            SchemaChange(
                "closed: a property goes", closed("\(a), \(b)"), closed(a), "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"
            ),
            SchemaChange("closed to open", closed(a), open(a)),
            SchemaChange("open to closed", open(a), closed(a), "ADDITIONAL_PROPERTIES_REMOVED"),
            SchemaChange(
                "a property becomes required", open(a), open(a, #", "required": ["a"]"#), "REQUIRED_ATTRIBUTE_ADDED"),
            SchemaChange("a property becomes optional", open(a, #", "required": ["a"]"#), open(a)),
            SchemaChange(
                "described others cover what comes", open(a, #", "additionalProperties": {"type": "string"}"#),
                open("\(a), \(b)", #", "additionalProperties": {"type": "string"}"#)),
            SchemaChange(
                "described others do not cover what comes", open(b, #", "additionalProperties": {"type": "string"}"#),
                open("\(a), \(b)", #", "additionalProperties": {"type": "string"}"#), "TYPE_CHANGED",
                "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL"),
            SchemaChange("integer to number", #"{"type": "integer"}"#, #"{"type": "number"}"#),
            SchemaChange("number to integer", #"{"type": "number"}"#, #"{"type": "integer"}"#, "TYPE_NARROWED"),
            SchemaChange("string to integer", #"{"type": "string"}"#, #"{"type": "integer"}"#, "TYPE_CHANGED"),
            SchemaChange("a type becomes nullable", #"{"type": "string"}"#, #"{"type": ["string", "null"]}"#),
            SchemaChange(
                "a nullable type becomes plain", #"{"type": ["string", "null"]}"#, #"{"type": "string"}"#,
                "TYPE_CHANGED"),
            SchemaChange("a value more", #"{"enum": ["a"]}"#, #"{"enum": ["a", "b"]}"#),
            SchemaChange("a value less", #"{"enum": ["a", "b"]}"#, #"{"enum": ["a"]}"#, "ENUM_ARRAY_NARROWED"),
            SchemaChange(
                "a typed enum becomes another type", #"{"type": "string", "enum": ["a"]}"#, #"{"type": "integer"}"#,
                "TYPE_CHANGED"),
            SchemaChange(
                "a typed enum becomes its type", #"{"type": "string", "enum": ["a"]}"#, #"{"type": "string"}"#),
            SchemaChange(
                "limits", #"{"type": "string", "maxLength": 5}"#,
                #"{"type": "string", "maxLength": 4, "pattern": "x"}"#,
                "MAX_LENGTH_DECREASED", "PATTERN_ADDED"),
            SchemaChange("wider limits", #"{"type": "number", "minimum": 5}"#, #"{"type": "number", "minimum": 4}"#),
            SchemaChange(
                "an alternative less", #"{"oneOf": [{"type": "string"}, {"type": "integer"}]}"#,
                #"{"oneOf": [{"type": "string"}]}"#, "SUM_TYPE_NARROWED"),
            SchemaChange(
                "an alternative more", #"{"oneOf": [{"type": "string"}]}"#,
                #"{"oneOf": [{"type": "integer"}, {"type": "string"}]}"#),
            SchemaChange(
                "another alternative", #"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#,
                #"{"anyOf": [{"type": "string"}, {"type": "integer"}]}"#, "COMBINED_TYPE_SUBSCHEMAS_CHANGED"),
            SchemaChange(
                "behind a reference that contains itself",
                ##"{"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {"n": {"$ref": "#/$defs/t"}, "v": {"type": "integer"}}}}}"##,
                ##"{"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {"n": {"$ref": "#/$defs/t"}, "v": {"type": "string"}}}}}"##,
                "TYPE_CHANGED"),
            SchemaChange(
                "elements", #"{"type": "array", "items": {"type": "integer"}}"#,
                #"{"type": "array", "items": {"type": "string"}, "uniqueItems": true}"#, "TYPE_CHANGED",
                "UNIQUE_ITEMS_ADDED"),
            SchemaChange("anything", "true", "{}"), SchemaChange("nothing any more", "{}", "false", "TYPE_CHANGED"),
        ])
    func json(_ change: SchemaChange) throws {
        #expect(try codes(.json, change.before, change.after) == change.codes)
    }

    @Test("alternatives within alternatives end", .timeLimit(.minutes(15)))
    func explosion() throws {
        var schema = #"{"type": "string"}"#
        for _ in 0..<12 { schema = #"{"anyOf": [\#(schema), \#(schema), {"type": "integer"}]}"# }
        let source = try SchemaSource(SchemaDefinition(.json, schema))
        _ = source.problems(reading: source)
    }
}
