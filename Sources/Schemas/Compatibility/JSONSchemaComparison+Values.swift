import Foundation
import JSON

extension JSONSchemaComparison {
    /// Keywords with a number that may grow, and whose absence is the widest.
    private static let upper = [
        "maxLength", "maximum", "exclusiveMaximum", "maxProperties", "maxItems", "maxContains",
    ]
    /// Keywords with a number that may shrink, and whose absence is the widest.
    private static let lower = [
        "minLength", "minimum", "exclusiveMinimum", "minProperties", "minItems", "minContains",
    ]

    /// Limits of texts, numbers, arrays and objects.
    func compareBounds(_ original: JSONValue, _ update: JSONValue, at path: String) -> [SchemaIncompatibility] {
        var found: [SchemaIncompatibility] = []
        for (keywords, isUpper) in [(Self.upper, true), (Self.lower, false)] {
            for keyword in keywords {
                guard let limit = update[keyword]?.number else { continue }
                let code = Self.code(keyword)
                guard let before = original[keyword]?.number else {
                    found.append(
                        SchemaIncompatibility("\(code)_ADDED", "\(path)/\(keyword)", "the limit was not there before"))
                    continue
                }
                guard isUpper ? limit < before : limit > before else { continue }
                found.append(
                    SchemaIncompatibility(
                        "\(code)_\(isUpper ? "DECREASED" : "INCREASED")", "\(path)/\(keyword)",
                        "the limit was \(original[keyword]?.text ?? "") and is \(update[keyword]?.text ?? "")"))
            }
        }
        if let pattern = update["pattern"]?.stringValue, original["pattern"]?.stringValue != pattern {
            let isAdded = original["pattern"] == nil
            found.append(
                SchemaIncompatibility(
                    isAdded ? "PATTERN_ADDED" : "PATTERN_CHANGED", path + "/pattern", "text of other forms was allowed")
            )
        }
        if update["uniqueItems"] == .bool(true), original["uniqueItems"] != .bool(true) {
            found.append(
                SchemaIncompatibility("UNIQUE_ITEMS_ADDED", path + "/uniqueItems", "elements could be there twice"))
        }
        return found + compareMultiples(original, update, at: path)
    }

    private func compareMultiples(
        _ original: JSONValue, _ update: JSONValue, at path: String
    ) -> [SchemaIncompatibility] {
        guard let unit = update["multipleOf"]?.number else { return [] }
        let place = path + "/multipleOf"
        guard let before = original["multipleOf"]?.number else {
            return [SchemaIncompatibility("MULTIPLE_OF_ADDED", place, "other numbers were allowed")]
        }
        func divides(_ small: Double, _ large: Double) -> Bool {
            let quotient = large / small
            return quotient.isFinite && abs(quotient - quotient.rounded()) < 1e-9
        }
        if divides(unit, before) { return [] }
        let code = divides(before, unit) ? "MULTIPLE_OF_EXPANDED" : "MULTIPLE_OF_CHANGED"
        return [SchemaIncompatibility(code, place, "other numbers were allowed")]
    }

    private static func code(_ keyword: String) -> String {
        keyword.reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : $1.uppercased() }
    }

    /// What is allowed beside what is described: everything, nothing, or what a schema says.
    enum Content {
        case open
        case closed
        case described(Node)
    }

    private static func content(_ node: Node, _ keyword: String, _ unevaluated: String) -> Content {
        let rest = node.child(keyword) ?? node.child(unevaluated)
        switch rest?.json {
        case nil, .bool(true)?: return .open
        case .bool(false)?: return .closed
        default: return rest.map { .described($0) } ?? .open
        }
    }

    /// What is allowed beside what is described must still be.
    private mutating func compareRest(
        _ original: Node, _ update: Node, _ keyword: String, _ unevaluated: String, at path: String
    ) -> [SchemaIncompatibility] {
        let place = "\(path)/\(keyword)"
        let code = Self.code(keyword)
        switch (Self.content(original, keyword, unevaluated), Self.content(update, keyword, unevaluated)) {
        case (.closed, _), (_, .open): return []
        case (_, .closed):
            return [SchemaIncompatibility("\(code)_REMOVED", place, "more than is described was allowed")]
        case (.open, .described): return [SchemaIncompatibility("\(code)_NARROWED", place, "anything was allowed")]
        case (.described(let before), .described(let after)): return problems(before, after, at: place)
        }
    }

    mutating func compareObjects(_ original: Node, _ update: Node, at path: String) -> [SchemaIncompatibility] {
        var found: [SchemaIncompatibility] = []
        let before = original.child("properties")
        let after = update.child("properties")
        let names = (before?.json.members ?? []).map(\.name) + (after?.json.members ?? []).map(\.name)
        var seen: Set<String> = []
        for name in names where seen.insert(name).inserted {
            let step = SchemaPath.escape(name)
            let place = "\(path)/properties/\(step)"
            let (old, new) = (before?.json[name], after?.json[name])
            let oldNode = old.flatMap { before?.child($0, step) }
            let newNode = new.flatMap { after?.child($0, step) }
            switch (oldNode, newNode) {
            case (let oldNode?, let newNode?):
                found += problems(oldNode, newNode, at: place)
                if !original.requires(name), update.requires(name), newNode.json["default"] == nil {
                    found.append(
                        SchemaIncompatibility(
                            "REQUIRED_ATTRIBUTE_ADDED", "\(path)/required/\(step)",
                            "'\(name)' could be absent: give it a default or leave it optional"))
                }
            case (let oldNode?, nil): found += removed(name, oldNode, update, at: place)
            case (nil, let newNode?): found += added(name, newNode, original, update, at: place)
            case (nil, nil): break
            }
        }
        found += compareDependencies(original, update, at: path)
        found += compareRest(original, update, "additionalProperties", "unevaluatedProperties", at: path)
        return found + compareBounds(original.json, update.json, at: path)
    }

    private mutating func removed(
        _ name: String, _ old: Node, _ update: Node, at path: String
    ) -> [SchemaIncompatibility] {
        if let pattern = update.pattern(for: name) { return covered("REMOVED", old, pattern, at: path) }
        switch Self.content(update, "additionalProperties", "unevaluatedProperties") {
        case .open where (update.json["patternProperties"]?.members ?? []).isEmpty: return []
        case .described(let rest): return covered("REMOVED", old, rest, at: path)
        default:
            if old.json == .bool(false) { return [] }
            return [
                SchemaIncompatibility(
                    "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", path,
                    "'\(name)' may have been written and is not allowed any more")
            ]
        }
    }

    private mutating func covered(
        _ change: String, _ original: Node, _ update: Node, at path: String
    ) -> [SchemaIncompatibility] {
        let inner = problems(original, update, at: path)
        guard !inner.isEmpty else { return [] }
        return inner + [
            SchemaIncompatibility(
                "PROPERTY_\(change)_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", path,
                "what other members may be does not go with it")
        ]
    }

    private mutating func added(
        _ name: String, _ new: Node, _ original: Node, _ update: Node, at path: String
    ) -> [SchemaIncompatibility] {
        let isRequired = update.requires(name)
        let hasDefault = new.json["default"] != nil
        var found: [SchemaIncompatibility] = []
        let pattern = original.pattern(for: name)
        switch Self.content(original, "additionalProperties", "unevaluatedProperties") {
        case .open where (original.json["patternProperties"]?.members ?? []).isEmpty:
            if case .anything = JSONSchemaShape(new) { return [] }
            let kind =
                isRequired ? (hasDefault ? "REQUIRED_PROPERTY_WITH_DEFAULT" : "REQUIRED_PROPERTY") : "OPTIONAL_PROPERTY"
            return [
                SchemaIncompatibility(
                    "\(kind)_ADDED_TO_OPEN_CONTENT_MODEL", path,
                    "a member '\(name)' of any kind was allowed before (PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL): "
                        + "say \"additionalProperties\": false from the first version on")
            ]
        case .described(let rest): found += covered("ADDED", pattern ?? rest, new, at: path)
        default: if let pattern { found += covered("ADDED", pattern, new, at: path) }
        }
        if isRequired, !hasDefault {
            found.append(
                SchemaIncompatibility(
                    "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", path,
                    "'\(name)' was not written before: give it a default or leave it optional"))
        }
        return found
    }

    private mutating func compareDependencies(
        _ original: Node, _ update: Node, at path: String
    ) -> [SchemaIncompatibility] {
        var found: [SchemaIncompatibility] = []
        for keyword in ["dependencies", "dependentRequired", "dependentSchemas"] {
            for member in update.json[keyword]?.members ?? [] {
                let place = "\(path)/\(keyword)/\(SchemaPath.escape(member.name))"
                let before = original.json[keyword]?[member.name]
                if let needed = member.value.elements {
                    let extra = needed.filter { !(before?.elements ?? []).contains($0) }
                    guard !extra.isEmpty else { continue }
                    let code = before == nil ? "DEPENDENCY_ARRAY_ADDED" : "DEPENDENCY_ARRAY_EXTENDED"
                    found.append(SchemaIncompatibility(code, place, "'\(member.name)' could be without others before"))
                } else if let before {
                    found += problems(
                        original.child(before, "\(keyword)/\(member.name)"),
                        update.child(member.value, "\(keyword)/\(member.name)"), at: place)
                } else {
                    found.append(
                        SchemaIncompatibility("DEPENDENCY_SCHEMA_ADDED", place, "'\(member.name)' was free before"))
                }
            }
        }
        return found
    }

    mutating func compareArrays(_ original: Node, _ update: Node, at path: String) -> [SchemaIncompatibility] {
        var found: [SchemaIncompatibility] = []
        let (before, after) = (original.firstItems, update.firstItems)
        for index in 0..<min(before.count, after.count) {
            found += problems(before[index], after[index], at: "\(path)/items/\(index)")
        }
        let (rest, newRest) = (original.otherItems, update.otherItems)
        for index in after.count..<max(after.count, before.count) {
            found += item(before[index], in: newRest, isAdded: false, at: "\(path)/items/\(index)")
        }
        for index in before.count..<max(before.count, after.count) {
            found += item(after[index], in: rest, isAdded: true, at: "\(path)/items/\(index)")
        }
        let place = path + (after.isEmpty ? "/items" : "/additionalItems")
        switch (rest, newRest) {
        case (.closed, _), (_, .open): break
        case (_, .closed):
            found.append(SchemaIncompatibility("ADDITIONAL_ITEMS_REMOVED", place, "more elements were allowed"))
        case (.open, .described):
            let code = after.isEmpty ? "SCHEMA_ADDED" : "ADDITIONAL_ITEMS_NARROWED"
            found.append(SchemaIncompatibility(code, place, "elements of any kind were allowed"))
        case (.described(let old), .described(let new)): found += problems(old, new, at: place)
        }
        return found + compareBounds(original.json, update.json, at: path)
    }

    /// An element of a tuple that only one of the schemas describes, held against what the other says of further elements.
    private mutating func item(
        _ item: Node, in rest: Content, isAdded: Bool, at path: String
    ) -> [SchemaIncompatibility] {
        switch rest {
        case .open where isAdded:
            if case .anything = JSONSchemaShape(item) { return [] }
            return [
                SchemaIncompatibility(
                    "ITEM_ADDED_TO_OPEN_CONTENT_MODEL", path, "an element of any kind was allowed here")
            ]
        case .closed where !isAdded:
            if item.json == .bool(false) { return [] }
            return [
                SchemaIncompatibility("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", path, "an element was allowed here")
            ]
        case .open, .closed: return []
        case .described(let rest): return isAdded ? problems(rest, item, at: path) : problems(item, rest, at: path)
        }
    }
}

extension JSONSchemaDocument.Node {
    func requires(_ name: String) -> Bool { json["required"]?.elements?.contains(.string(name)) ?? false }

    /// What the patterns of names say of a member.
    func pattern(for name: String) -> JSONSchemaDocument.Node? {
        for member in json["patternProperties"]?.members ?? [] {
            guard let expression = try? NSRegularExpression(pattern: member.name) else { continue }
            if expression.firstMatch(in: name, range: NSRange(name.startIndex..., in: name)) != nil {
                return child(member.value, "patternProperties/\(SchemaPath.escape(member.name))")
            }
        }
        return nil
    }

    /// The schemas of the first elements: `prefixItems`, or `items` before 2020-12.
    var firstItems: [JSONSchemaDocument.Node] {
        json["items"]?.elements != nil ? list("items") : list("prefixItems")
    }

    /// What is said of the elements after those.
    var otherItems: JSONSchemaComparison.Content {
        let isOld = json["items"]?.elements != nil
        guard let rest = child(isOld ? "additionalItems" : "items") ?? child("unevaluatedItems") else { return .open }
        switch rest.json {
        case .bool(let isOpen): return isOpen ? .open : .closed
        default: return .described(rest)
        }
    }
}
