import JSON

/// Whether a schema allows all that an earlier one allowed, by the rules of Confluent's registry (its strict set).
///
/// Its rules are narrower than they might be: what it has no rule for is refused. In an open content model, where members that are not
/// described are allowed, a property that is added may contradict what was written before: `OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL`.
struct JSONSchemaComparison {
    typealias Node = JSONSchemaDocument.Node

    private struct Pair: Hashable {
        let original: String
        let update: String
    }

    /// How many pairs are looked at: alternatives within alternatives multiply.
    private static let stepLimit = 20_000

    private let original: JSONSchemaDocument
    private let update: JSONSchemaDocument
    private var underWay: Set<Pair> = []
    private var steps = 0

    static func problems(original: JSONSchemaDocument, update: JSONSchemaDocument) -> [SchemaIncompatibility] {
        var comparison = JSONSchemaComparison(original: original, update: update)
        return comparison.problems(original.root, update.root, at: "#")
    }

    private init(original: JSONSchemaDocument, update: JSONSchemaDocument) {
        (self.original, self.update) = (original, update)
    }

    /// Why `update` does not allow all that `original` allows.
    mutating func problems(_ original: Node, _ update: Node, at path: String) -> [SchemaIncompatibility] {
        guard let original = self.original.resolved(original), let update = self.update.resolved(update) else {
            return original.json == update.json
                ? [] : [SchemaIncompatibility("TYPE_CHANGED", path, "a reference that leads nowhere here")]
        }
        let pair = Pair(original: original.place, update: update.place)
        // A schema that contains itself goes with itself if the rest does.
        guard underWay.insert(pair).inserted else { return [] }
        defer { underWay.remove(pair) }
        steps += 1
        guard steps <= Self.stepLimit, underWay.count < 200 else {
            return [SchemaIncompatibility("TOO_COMPLEX", path, "the schemas are too deep or too large to be compared")]
        }
        return compare(original, update, at: path)
    }

    private mutating func compare(_ original: Node, _ update: Node, at path: String) -> [SchemaIncompatibility] {
        let (before, after) = (JSONSchemaShape(original), JSONSchemaShape(update))
        if isCovered(original, before, update, after, at: path) { return [] }
        switch (before, after) {
        case (.nothing, _), (_, .anything): return []
        case (.combined(let criterion, let parts), .combined(let newCriterion, let newParts)):
            return compare((criterion, parts), (newCriterion, newParts), at: path)
        case (.constant(let value), .constant(let newValue)):
            return value.means(newValue)
                ? [] : [SchemaIncompatibility("ENUM_ARRAY_CHANGED", path + "/const", "the constant is another")]
        case (.enumeration(let values), .enumeration(let newValues)):
            let gone = values.filter { value in !newValues.contains { $0.means(value) } }
            guard !gone.isEmpty else { return [] }
            let isNarrowed = newValues.allSatisfy { value in values.contains { $0.means(value) } }
            return [
                SchemaIncompatibility(
                    isNarrowed ? "ENUM_ARRAY_NARROWED" : "ENUM_ARRAY_CHANGED", path + "/enum",
                    "\(gone.prefix(10).map(\.text).joined(separator: ", ")) may have been written and is not allowed any more"
                )
            ]
        case (.not(let negated), .not(let newNegated)):
            // What is forbidden now must have been forbidden before.
            var reversed = JSONSchemaComparison(original: self.update, update: self.original)
            reversed.steps = steps
            defer { steps = reversed.steps }
            return reversed.problems(newNegated, negated, at: path + "/not").isEmpty
                ? [] : [SchemaIncompatibility("NOT_TYPE_EXTENDED", path + "/not", "more is forbidden than before")]
        case (.object, .object): return compareObjects(original, update, at: path)
        case (.array, .array): return compareArrays(original, update, at: path)
        case (.string, .string), (.boolean, .boolean), (.null, .null):
            return compareBounds(original.json, update.json, at: path)
        case (.number(let wasInteger), .number(let isInteger)):
            let narrowed = SchemaIncompatibility("TYPE_NARROWED", path, "numbers were allowed, now whole ones only")
            return (isInteger && !wasInteger ? [narrowed] : []) + compareBounds(original.json, update.json, at: path)
        case (.opaque, .opaque) where original.json == update.json: return []
        default:
            return [
                SchemaIncompatibility("TYPE_CHANGED", path, "\(before.family) was allowed, now it is \(after.family)")
            ]
        }
    }

    /// Whether one of them is a combination that has a part for the other.
    private mutating func isCovered(
        _ original: Node, _ before: JSONSchemaShape, _ update: Node, _ after: JSONSchemaShape, at path: String
    ) -> Bool {
        switch (before, after) {
        case (.combined, .combined): return false
        case (_, .combined(let criterion, let parts)):
            guard parts.count == 1 || criterion != .all else { return false }
            for part in parts where problems(original, part, at: path).isEmpty { return true }
        case (.combined(let criterion, let parts), _):
            guard parts.count == 1 || criterion == .all else { return false }
            for part in parts where problems(part, update, at: path).isEmpty { return true }
        default: break
        }
        return false
    }

    private mutating func compare(
        _ original: (criterion: JSONSchemaShape.Criterion, parts: [Node]),
        _ update: (criterion: JSONSchemaShape.Criterion, parts: [Node]), at path: String
    ) -> [SchemaIncompatibility] {
        let (count, newCount) = (original.parts.count, update.parts.count)
        let isExtended =
            update.criterion == .any || (count == 1 && newCount == 1) || (count == 1 && update.criterion == .one)
            || (newCount == 1 && original.criterion == .all)
        guard original.criterion == update.criterion || isExtended else {
            return [
                SchemaIncompatibility(
                    "COMBINED_TYPE_CHANGED", path, "\(original.criterion.rawValue) became \(update.criterion.rawValue)")
            ]
        }
        if count < newCount, update.criterion == .all {
            return [SchemaIncompatibility("PRODUCT_TYPE_EXTENDED", path, "conditions were added to allOf")]
        }
        if count > newCount, original.criterion != .all {
            return [SchemaIncompatibility("SUM_TYPE_NARROWED", path, "alternatives were removed")]
        }
        var fits: [[Int]] = []
        for part in original.parts {
            var row: [Int] = []
            for (index, newPart) in update.parts.enumerated()
            where problems(part, newPart, at: "\(path)/\(original.criterion.rawValue)").isEmpty {
                row.append(index)
            }
            fits.append(row)
        }
        guard Self.matching(fits, newCount) < min(count, newCount) else { return [] }
        return [
            SchemaIncompatibility(
                "COMBINED_TYPE_SUBSCHEMAS_CHANGED", path,
                "not every part of \(original.criterion.rawValue) has a successor")
        ]
    }

    /// How many rows can have a column each, none twice.
    private static func matching(_ rows: [[Int]], _ columns: Int) -> Int {
        var owner: [Int?] = Array(repeating: nil, count: columns)
        var count = 0
        for row in rows.indices {
            var tried: Set<Int> = []
            if place(row, rows, &owner, &tried) { count += 1 }
        }
        return count
    }

    private static func place(_ row: Int, _ rows: [[Int]], _ owner: inout [Int?], _ tried: inout Set<Int>) -> Bool {
        for column in rows[row] where tried.insert(column).inserted {
            if let other = owner[column], !place(other, rows, &owner, &tried) { continue }
            owner[column] = row
            return true
        }
        return false
    }
}
