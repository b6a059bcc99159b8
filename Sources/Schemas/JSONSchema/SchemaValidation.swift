import Foundation
import JSON

/// One value held against one schema.
struct SchemaValidation {
    /// How deep references may lead: a schema may refer to itself for ever.
    private static let depthLimit = 128

    /// How many schemas are looked at for one value: alternatives within alternatives multiply.
    private static let stepLimit = 100_000

    let root: JSONValue
    let limit: Int
    private(set) var violations: [SchemaViolation] = []
    private var depth = 0
    private var steps = 0

    init(root: JSONValue, limit: Int) {
        self.root = root
        self.limit = max(1, limit)
    }

    mutating func note(_ path: String, _ message: String) {
        if violations.count < limit { violations.append(SchemaViolation(path: path, message: message)) }
    }

    mutating func check(_ value: JSONValue, _ schema: JSONValue, at path: String) {
        guard violations.count < limit else { return }
        if case .bool(let isAllowed) = schema {
            if !isAllowed { note(path, "expected nothing here, found \(JSONType.name(of: value))") }
            return
        }
        guard depth < Self.depthLimit else { return note(path, "nested deeper than \(Self.depthLimit) levels") }
        guard steps < Self.stepLimit else { return note(path, "too much to compare with its schema") }
        steps += 1
        depth += 1
        defer { depth -= 1 }
        if let reference = schema["$ref"]?.stringValue {
            guard let target = SchemaPath.resolve(reference, in: root) else {
                return note(path, "expected what '\(reference)' says, which is nowhere")
            }
            check(value, target, at: path)
        }
        checkKind(value, schema, at: path)
        checkCombinations(value, schema, at: path)
        switch value {
        case .object(let members): checkObject(members, schema, at: path)
        case .array(let elements): checkArray(elements, schema, at: path)
        case .string(let text): checkText(text, schema, at: path)
        default: if let number = value.number { checkNumber(number, schema, at: path) }
        }
    }

    /// The first thing wrong with `value`; nil when it is as `schema` says.
    mutating func firstViolation(of value: JSONValue, _ schema: JSONValue, at path: String) -> SchemaViolation? {
        var inner = SchemaValidation(root: root, limit: 1)
        (inner.depth, inner.steps) = (depth, steps)
        inner.check(value, schema, at: path)
        steps = inner.steps
        return inner.violations.first
    }

    /// Whether `value` is as `schema` says.
    mutating func isValid(_ value: JSONValue, _ schema: JSONValue, at path: String) -> Bool {
        firstViolation(of: value, schema, at: path) == nil
    }

    private mutating func checkKind(_ value: JSONValue, _ schema: JSONValue, at path: String) {
        if let type = schema["type"] {
            let names = (type.elements ?? [type]).compactMap { JSONType($0.stringValue) }
            if !names.contains(where: { $0.matches(value) }) {
                let expected = names.map(\.rawValue).joined(separator: " or ")
                note(path, "expected \(expected), found \(JSONType.name(of: value))")
            }
        }
        if let allowed = schema["enum"]?.elements, !allowed.contains(where: { $0.means(value) }) {
            let list = allowed.prefix(20).map(\.text).joined(separator: ", ")
            note(path, "expected one of \(list), found \(Self.shown(value))")
        }
        if let expected = schema["const"], !expected.means(value) {
            note(path, "expected \(Self.shown(expected)), found \(Self.shown(value))")
        }
    }

    static func shown(_ value: JSONValue) -> String {
        let text = value.text
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }

    private mutating func checkCombinations(_ value: JSONValue, _ schema: JSONValue, at path: String) {
        for part in schema["allOf"]?.elements ?? [] { check(value, part, at: path) }
        if let parts = schema["anyOf"]?.elements {
            var reasons: [SchemaViolation] = []
            for part in parts {
                guard let reason = firstViolation(of: value, part, at: path) else { break }
                reasons.append(reason)
            }
            if reasons.count == parts.count { noteNone(of: reasons, at: path) }
        }
        if let parts = schema["oneOf"]?.elements {
            var reasons: [SchemaViolation] = []
            for part in parts { firstViolation(of: value, part, at: path).map { reasons.append($0) } }
            let count = parts.count - reasons.count
            if count == 0 { noteNone(of: reasons, at: path) }
            if count > 1 { note(path, "expected exactly one of \(parts.count) forms, fits \(count)") }
        }
        if let part = schema["not"], isValid(value, part, at: path) {
            note(path, "expected something else than \(Self.shown(part)) says")
        }
        if let condition = schema["if"] {
            let branch = isValid(value, condition, at: path) ? schema["then"] : schema["else"]
            if let branch { check(value, branch, at: path) }
        }
    }

    private mutating func noteNone(of reasons: [SchemaViolation], at path: String) {
        if reasons.count == 1, let only = reasons.first { return note(only.path, only.message) }
        let list = reasons.prefix(5).map(\.description).joined(separator: "; ")
        note(path, "expected one of \(reasons.count) forms, fits none (\(list))")
    }
}
