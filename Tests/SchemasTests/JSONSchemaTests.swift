import Foundation
import JSON
import Testing

@testable import Schemas

@Suite("JSON Schema")
struct JSONSchemaTests {
    private func findings(_ schema: JSONSchema, _ text: String) throws -> [String] {
        schema.violations(of: try JSONValue(parsing: text)).map(\.description)
    }

    private let charge = JSONSchema.object([
        "account": .string(minLength: 1), "amount": .number(minimum: 0),
        "currency": .oneOf(["EUR", "USD"]),
        "lines": .array(of: .object(["text": .string(), "count": .integer(minimum: 1)]), maxItems: 2),
    ])

    @Test func `what is as described has no violations`() throws {
        let text = #"{"account":"a","amount":3.5,"currency":"EUR","lines":[{"text":"x","count":1.0}]}"#
        #expect(try findings(charge, text) == [])
    }

    @Test func `violations say where, what was expected and what is there`() throws {
        let text = #"{"account":"","amount":-1,"currency":"GBP","lines":[{"text":1,"count":1.5}],"more":0}"#
        #expect(
            try findings(charge, text) == [
                "/account: expected at least 1 characters, found 0", "/amount: expected at least 0.0, found -1.0",
                #"/currency: expected one of "EUR", "USD", found "GBP""#,
                "/lines/0/text: expected string, found integer", "/lines/0/count: expected integer, found number",
                "/more: expected no member of this name; known are: account, amount, currency, lines",
            ])
        #expect(try findings(charge, "[]") == ["the value: expected object, found array"])
        #expect(
            try findings(charge, "{}").first == "the value: expected a member 'account', which is missing")
    }

    @Test func `alternatives say why none fits`() throws {
        let schema = JSONSchema.anyOf([.integer(minimum: 5), .string()])
        #expect(
            try findings(schema, "3") == [
                "the value: expected one of 2 forms, fits none (the value: expected at least 5, found 3.0; "
                    + "the value: expected string, found integer)"
            ])
        #expect(try findings(schema.orNull, "null") == [])
    }

    @Test func `a schema that refers to itself is followed as deep as the value goes`() throws {
        let tree = try JSONSchema(
            parsing: ##"{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}"##)
        #expect(try findings(tree, #"{"next":{"next":{}}}"#) == [])
        #expect(try findings(tree, #"{"next":{"next":{"x":1}}}"#).count == 1)
        let loop = try JSONSchema(parsing: ##"{"$defs":{"a":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}"##)
        #expect(try findings(loop, "1").first?.contains("nested deeper") == true)
    }

    @Test func `names with slashes and tildes can be referred to`() throws {
        let schema = try JSONSchema(
            parsing: ##"{"$defs":{"a/b~c %":{"type":"integer"}},"items":{"$ref":"#/$defs/a~1b~0c%20%25"}}"##)
        #expect(try findings(schema, #"[1,"x"]"#) == ["/1: expected integer, found string"])
    }

    @Test func `alternatives within alternatives end`() throws {
        let schema = try JSONSchema(
            parsing: ##"{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"array","items":{"$ref":"#"}}]}"##)
        let text = String(repeating: "[", count: 100) + "1" + String(repeating: "]", count: 100)
        #expect(try findings(schema, text).count == 1)
    }

    @Test(
        arguments: [
            (#"{"type":"text"}"#, "/type"), (#"{"minimum":"3"}"#, "/minimum"), (#"{"pattern":"("}"#, "/pattern"),
            (#"{"properties":{"a":{"unevaluatedItems":false}}}"#, "/properties/a/unevaluatedItems"),
            (#"{"$ref":"https://example.com/x"}"#, "/$ref"), (#"{"items":3}"#, "/items"), ("{", ""),
            (#"{"required":"a"}"#, "/required"), (#"{"multipleOf":0}"#, "/multipleOf"),
        ])
    func `a schema that cannot be kept to is refused, not skipped`(_ text: String, _ path: String) {
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(parsing: text) }
        #expect(error?.path == path)
    }
}

/// The cases of the JSON Schema organisation, as Debian packages them: draft 7.
@Suite("JSON Schema Test Suite")
struct JSONSchemaSuiteTests {
    static let folder = "/usr/share/json-schema-test-suite/tests/draft7"
    static let isInstalled = FileManager.default.fileExists(atPath: folder)

    /// What draft 7 wants and later drafts changed, or what is not supported: groups by their description.
    static let leftOut: Set<String> = [
        "ref overrides any sibling keywords", "Recursive references between schemas",
        "Location-independent identifier", "Location-independent identifier with absolute URI",
        "Location-independent identifier with base URI change in subschema", "remote ref, containing refs itself",
        "refs with quote",
        // Keeps its definitions under names that are no keywords, which is refused here.
        "escaped pointer ref",
    ]

    static let files = [
        "additionalItems", "additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "contains", "default",
        "dependencies", "enum", "exclusiveMaximum", "exclusiveMinimum", "if-then-else", "items", "maxItems",
        "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf",
        "not", "oneOf", "pattern", "patternProperties", "properties", "propertyNames", "ref", "required", "type",
        "uniqueItems",
    ]

    @Test(.enabled(if: isInstalled, "the package json-schema-test-suite is not installed"), arguments: files)
    func `cases are judged as the suite says`(_ name: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).json"))
        let groups = try JSONValue(parsing: String(decoding: data, as: UTF8.self)).elements ?? []
        var judged = 0
        for group in groups {
            let title = group["description"]?.stringValue ?? ""
            guard !Self.leftOut.contains(title) else { continue }
            let schema = try JSONSchema(try #require(group["schema"]))
            for test in group["tests"]?.elements ?? [] {
                let isValid = schema.violations(of: try #require(test["data"])).isEmpty
                let words = "\(title): \(test["description"]?.stringValue ?? "")"
                #expect(JSONValue.bool(isValid) == test["valid"], "\(words)")
                judged += 1
            }
        }
        #expect(judged > 0)
    }
}
