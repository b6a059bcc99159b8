import JSON

/// An Avro schema, parsed and checked.
///
/// Also a part of one: the schema of a field, of an array's items, of a union's branch. What Avro's specification 1.11 says is
/// supported but for logical types, which are kept as a name and have no meaning here: a `timestamp-millis` is a long.
public struct AvroSchema: Sendable, Hashable, CustomStringConvertible {
    /// The kinds of types; the raw value is their name in a schema.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Nothing.
        case null
        /// True or false.
        case boolean
        /// A 32-bit integer.
        case int
        /// A 64-bit integer.
        case long
        /// A 32-bit number.
        case float
        /// A 64-bit number.
        case double
        /// Any bytes.
        case bytes
        /// Text.
        case string
        /// Fields by name.
        case record
        /// One of some symbols.
        case enumeration = "enum"
        /// Values of one schema.
        case array
        /// Values of one schema by name.
        case map
        /// A value of one of some schemas.
        case union
        /// So many bytes.
        case fixed

        /// The kinds that need nothing else said.
        static let primitives: [Kind] = [.null, .boolean, .int, .long, .float, .double, .bytes, .string]
    }

    /// A field of a record.
    public struct Field: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// What its values are.
        public let schema: AvroSchema
        /// What it is when the writer did not know it; nil when it has no default.
        public let defaultValue: AvroValue?
        /// Names that it had before.
        public let aliases: [String]
    }

    let types: AvroTypes
    let root: Int

    /// A schema from its JSON text.
    ///
    /// - Parameters:
    ///   - text: the schema.
    ///   - references: the texts of schemas whose names it uses, each before those that use it.
    /// - Throws: ``AvroSchemaError``: no JSON, no schema, names that are unknown or said twice, defaults of another type,
    ///   types without a finite value.
    public init(parsing text: String, references: [String] = []) throws(AvroSchemaError) {
        var parser = AvroSchemaParser()
        for reference in references { _ = try parser.parse(reference) }
        let root = try parser.parse(text)
        self.init(types: try parser.finish(root: root), root: root)
    }

    init(types: AvroTypes, root: Int) {
        self.types = types
        self.root = root
    }

    var node: AvroNode { types[root] }

    /// What kind of type it is.
    public var kind: Kind { node.kind }

    /// The full name of a record, an enum or a fixed; nil for every other kind.
    public var name: String? { node.name?.full }

    /// A record's fields in order; none for every other kind.
    public var fields: [Field] {
        guard case .record(_, let fields) = node else { return [] }
        return fields.map { field in
            Field(
                name: field.name, schema: AvroSchema(types: types, root: field.type), defaultValue: field.defaultValue,
                aliases: field.aliases)
        }
    }

    /// An enum's symbols in order; none for every other kind.
    public var symbols: [String] {
        guard case .enumeration(_, let symbols, _) = node else { return [] }
        return symbols
    }

    /// A union's branches in order; none for every other kind.
    public var branches: [AvroSchema] {
        guard case .union(let branches) = node else { return [] }
        return branches.map { AvroSchema(types: types, root: $0) }
    }

    /// What an array's items or a map's values are; nil for every other kind.
    public var element: AvroSchema? {
        switch node {
        case .array(let item), .map(let item): AvroSchema(types: types, root: item)
        default: nil
        }
    }

    /// How many bytes a fixed has; nil for every other kind.
    public var size: Int? {
        guard case .fixed(_, let size) = node else { return nil }
        return size
    }

    /// The parsing canonical form.
    public var description: String { canonicalText }
}
