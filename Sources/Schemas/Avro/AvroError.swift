/// Text that is no Avro schema.
public struct AvroSchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the schema, for example `Order.items.price`; empty for the whole.
    public let path: String
    /// What is wrong there and what was expected.
    public let message: String

    /// The place and what is wrong.
    public var description: String { "Avro schema\(path.isEmpty ? "" : " at \(path)"): \(message)" }
}

/// A value or bytes that do not go with a schema.
public struct AvroError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: String, Sendable, Hashable {
        /// Bytes that are not a value of the writer's schema.
        case malformed
        /// A value that the schema cannot express.
        case unencodable
        /// A well-formed value of the writer's schema that the reader's schema has no place for.
        case unresolvable
    }

    /// The kind of failure.
    public let code: Code
    /// The field, for example `items[3].price`; empty for the whole value.
    public let path: String
    /// What was expected and what is there.
    public let message: String

    /// For example `items[3].price: expected a double, found a string`.
    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// The way to the part of a value that is at hand, kept while walking.
struct AvroPath {
    enum Step {
        case field(String)
        case index(Int)
        case key(String)
    }

    /// How deep values may nest: enough for people, too little to exhaust a stack.
    static let depthLimit = 256

    private(set) var steps: [Step] = []

    mutating func push(_ step: Step) { steps.append(step) }
    mutating func pop() { if !steps.isEmpty { steps.removeLast() } }

    var text: String {
        var text = ""
        for step in steps {
            switch step {
            case .field(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            case .key(let key): text += "['\(key.count > 60 ? "\(key.prefix(60))…" : key)']"
            }
        }
        return text
    }

    func error(_ code: AvroError.Code, _ message: String) -> AvroError {
        AvroError(code: code, path: text, message: message)
    }
}
