public import JSON

/// A value of a configuration, and where it was written.
public struct ConfigurationNode: Sendable {
    /// What it is.
    public enum Content: Sendable {
        /// One value.
        case scalar(ConfigurationScalar)
        /// Values in order.
        case sequence([ConfigurationNode])
        /// Named values in the order they were written; no name twice.
        case mapping([ConfigurationEntry])
    }

    /// What it is.
    public var content: Content
    /// Where it begins.
    public var origin: ConfigurationOrigin

    /// A value.
    public init(_ content: Content, at origin: ConfigurationOrigin) {
        self.content = content
        self.origin = origin
    }

    /// The node `name` of a mapping; nil when there is none or this is no mapping.
    public subscript(name: String) -> ConfigurationNode? {
        entries?.first { $0.name == name }?.node
    }

    /// The entries of a mapping; nil for everything else.
    public var entries: [ConfigurationEntry]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    /// The values of a sequence; nil for everything else.
    public var elements: [ConfigurationNode]? {
        guard case .sequence(let nodes) = content else { return nil }
        return nodes
    }

    /// The single value; nil for a sequence or a mapping.
    public var scalar: ConfigurationScalar? {
        guard case .scalar(let scalar) = content else { return nil }
        return scalar
    }

    /// Whether it is the scalar that says nothing.
    public var isNull: Bool { scalar?.isNull ?? false }

    /// The tree as JSON, scalars as YAML's core schema has them.
    public var json: JSONValue {
        switch content {
        case .scalar(let scalar): scalar.json
        case .sequence(let nodes): .array(nodes.map(\.json))
        case .mapping(let entries): .object(entries.map { JSONMember($0.name, $0.node.json) })
        }
    }

    /// How messages call its shape.
    var shape: String {
        switch content {
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }
}

/// A named value of a mapping.
public struct ConfigurationEntry: Sendable {
    /// Its name.
    public let name: String
    /// Where the name was written.
    public let origin: ConfigurationOrigin
    /// Its value.
    public var node: ConfigurationNode

    /// An entry.
    public init(_ name: String, at origin: ConfigurationOrigin, _ node: ConfigurationNode) {
        self.name = name
        self.origin = origin
        self.node = node
    }
}

/// One value: its text as written, and what that means where nobody knows the type.
public struct ConfigurationScalar: Sendable {
    /// The text, without quotes: a text setting takes it as it is, so that `0012` and `true` stay text.
    public var text: String
    /// What it is by YAML 1.2's core schema, or by JSON: `no` is text, `0x10` is 16.
    public var json: JSONValue
    /// Whether its text came from outside of the file: then no message shows it.
    public var isSubstituted = false
    /// Whether part of it came from a file of its own, as secrets do.
    public var isSecret = false

    /// A value.
    public init(_ text: String, _ json: JSONValue) {
        self.text = text
        self.json = json
    }

    /// Text.
    public init(_ text: String) { self.init(text, .string(text)) }

    /// Whether it says nothing.
    public var isNull: Bool { json == .null }
}
