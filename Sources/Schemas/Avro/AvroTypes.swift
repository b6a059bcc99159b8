import JSON

/// All types of one schema, by number: a type that contains itself is a number that occurs below itself.
struct AvroTypes: Sendable, Hashable {
    var nodes: [AvroNode] = []

    /// Beyond this a schema is refused.
    static let limit = 10_000

    subscript(_ index: Int) -> AvroNode { nodes[index] }
}

/// A type of a schema.
enum AvroNode: Sendable, Hashable {
    case primitive(AvroSchema.Kind)
    case record(AvroName, [AvroField])
    case enumeration(AvroName, symbols: [String], default: String?)
    case fixed(AvroName, size: Int)
    case array(Int)
    case map(Int)
    case union([Int])

    var kind: AvroSchema.Kind {
        switch self {
        case .primitive(let kind): kind
        case .record: .record
        case .enumeration: .enumeration
        case .fixed: .fixed
        case .array: .array
        case .map: .map
        case .union: .union
        }
    }

    var name: AvroName? {
        switch self {
        case .record(let name, _), .enumeration(let name, _, _), .fixed(let name, _): name
        default: nil
        }
    }

    /// How a union calls this branch.
    var branchName: String { name?.full ?? kind.rawValue }
}

/// What a named type is called.
struct AvroName: Sendable, Hashable {
    let full: String
    /// Full names that this type had before.
    var aliases: [String] = []

    static let pattern = "letters, digits and _, beginning with no digit, in parts divided by dots"

    static func isValid(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    static func isValidFull(_ name: String) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isValid($0) }
    }

    /// The last part of a full name.
    static func unqualified(_ full: String) -> Substring { full.split(separator: ".").last ?? "" }

    var namespace: String {
        full.lastIndex(of: ".").map { String(full[..<$0]) } ?? ""
    }

    /// Whether a reader that has this name reads what `writer` names: as Avro's specification, the last part decides, or an alias.
    func reads(_ writer: AvroName) -> Bool {
        Self.unqualified(full) == Self.unqualified(writer.full) || aliases.contains(writer.full)
    }
}

/// A field of a record.
struct AvroField: Sendable, Hashable {
    let name: String
    let type: Int
    let aliases: [String]
    let defaultText: JSONValue?
    /// Filled when all types are known.
    var defaultValue: AvroValue?
}
