import Foundation
import JSON

extension SchemaValidation {
    mutating func checkObject(_ members: [JSONMember], _ schema: JSONValue, at path: String) {
        let values = Dictionary(members.map { ($0.name, $0.value) }) { _, last in last }
        for name in schema["required"]?.elements?.compactMap(\.stringValue) ?? [] where values[name] == nil {
            note(path, "expected a member '\(name)', which is missing")
        }
        checkCount(values.count, schema, "Properties", "members", at: path)
        let known = Dictionary((schema["properties"]?.members ?? []).map { ($0.name, $0.value) }) { _, last in last }
        let patterns = schema["patternProperties"]?.members ?? []
        let rest = schema["additionalProperties"]
        // In the order of writing, so that messages are the same each time.
        var seen: Set<String> = []
        for name in members.map(\.name) where seen.insert(name).inserted {
            guard let value = values[name] else { continue }
            let place = path + "/" + SchemaPath.escape(name)
            var isKnown = false
            if let part = known[name] {
                isKnown = true
                check(value, part, at: place)
            }
            for pattern in patterns where Self.matches(name, pattern.name) {
                isKnown = true
                check(value, pattern.value, at: place)
            }
            if !isKnown, let rest {
                if case .bool(false) = rest {
                    let names = known.keys.sorted().joined(separator: ", ")
                    note(place, "expected no member of this name; known are: \(names.isEmpty ? "none" : names)")
                } else {
                    check(value, rest, at: place)
                }
            }
            if let part = schema["propertyNames"] { check(.string(name), part, at: place) }
        }
        checkDependencies(.object(members), values, schema, at: path)
    }

    private mutating func checkDependencies(
        _ object: JSONValue, _ values: [String: JSONValue], _ schema: JSONValue, at path: String
    ) {
        for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for member in schema[keyword]?.members ?? [] where values[member.name] != nil {
                guard let needed = member.value.elements else {
                    check(object, member.value, at: path)
                    continue
                }
                for name in needed.compactMap(\.stringValue) where values[name] == nil {
                    note(path, "expected a member '\(name)' beside '\(member.name)', which is missing")
                }
            }
        }
    }

    mutating func checkArray(_ elements: [JSONValue], _ schema: JSONValue, at path: String) {
        checkCount(elements.count, schema, "Items", "elements", at: path)
        // Before 2020-12 the schemas of the first elements were `items`, and of the rest `additionalItems`.
        let isOld = schema["items"]?.elements != nil
        let first = (isOld ? schema["items"] : schema["prefixItems"])?.elements ?? []
        let rest = isOld ? schema["additionalItems"] : schema["items"]
        for (index, element) in elements.enumerated() {
            guard let part = index < first.count ? first[index] : rest else { continue }
            check(element, part, at: "\(path)/\(index)")
        }
        if let part = schema["contains"] {
            var isFound = false
            for (index, element) in elements.enumerated() where !isFound {
                isFound = isValid(element, part, at: "\(path)/\(index)")
            }
            if !isFound { note(path, "expected an element like \(Self.shown(part)), found none") }
        }
        if schema["uniqueItems"] == .bool(true), let twice = Self.repetition(in: elements) {
            note("\(path)/\(twice)", "expected no element twice, found \(Self.shown(elements[twice])) again")
        }
    }

    private static func repetition(in elements: [JSONValue]) -> Int? {
        elements.indices.first { index in elements[..<index].contains { $0.means(elements[index]) } }
    }

    mutating func checkText(_ text: String, _ schema: JSONValue, at path: String) {
        if schema["minLength"] != nil || schema["maxLength"] != nil {
            checkCount(text.unicodeScalars.count, schema, "Length", "characters", at: path)
        }
        if let pattern = schema["pattern"]?.stringValue, !Self.matches(text, pattern) {
            note(path, "expected text that matches '\(pattern)', found \(Self.shown(.string(text)))")
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
        return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    mutating func checkNumber(_ number: Double, _ schema: JSONValue, at path: String) {
        func bound(_ keyword: String, _ isKept: (Double) -> Bool, _ words: String) -> String? {
            guard let limit = schema[keyword], let value = limit.number, !isKept(value) else { return nil }
            return "expected \(words) \(limit.text), found \(JSONValue.double(number).text)"
        }
        let findings = [
            bound("minimum", { number >= $0 }, "at least"), bound("maximum", { number <= $0 }, "at most"),
            bound("exclusiveMinimum", { number > $0 }, "more than"),
            bound("exclusiveMaximum", { number < $0 }, "less than"),
            bound("multipleOf", { Self.isMultiple(number, of: $0) }, "a multiple of"),
        ]
        for finding in findings { if let finding { note(path, finding) } }
    }

    /// Fractions like 0.01 are not exact: a quotient as near to a whole number as rounding explains is one.
    private static func isMultiple(_ number: Double, of unit: Double) -> Bool {
        let quotient = number / unit
        return quotient.isFinite && abs(quotient - quotient.rounded()) <= abs(quotient) * 1e-15 * 4
    }

    private mutating func checkCount(
        _ count: Int, _ schema: JSONValue, _ suffix: String, _ things: String, at path: String
    ) {
        if let least = schema["min\(suffix)"]?.integerValue, count < least {
            note(path, "expected at least \(least) \(things), found \(count)")
        }
        if let most = schema["max\(suffix)"]?.integerValue, count > most {
            note(path, "expected at most \(most) \(things), found \(count)")
        }
    }
}
