/// Which agent: its type, which decides what it does, and its key, which decides whose it is: a session, a customer, an order.
///
/// As in AutoGen; written `type/key` and split at the first slash, so a key may hold slashes.
public struct AgentID: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The type's name: letters, digits, `_`, `-` and `.`.
    public let type: String
    /// The key; any text.
    public let key: String

    /// An agent.
    public init(_ type: String, _ key: String = "default") {
        self.type = type
        self.key = key
    }

    /// The agent that `text` names.
    ///
    /// - Throws: ``AgentNameError`` when it has no slash or its type no valid name.
    public init(parsing text: String) throws(AgentNameError) {
        guard let slash = text.firstIndex(of: "/") else {
            throw AgentNameError("agent '\(text)' has no key: write 'type/key'")
        }
        self.init(String(text[..<slash]), String(text[text.index(after: slash)...]))
        try AgentNameError.check(agentType: type)
    }

    /// `type/key`.
    public var description: String { "\(type)/\(key)" }
}

/// A name that agents or topics cannot have.
public struct AgentNameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what would be right.
    public let description: String

    init(_ description: String) { self.description = description }

    /// Makes sure that `name` can name an agent type.
    static func check(agentType name: String) throws(AgentNameError) {
        guard !name.isEmpty, name.allSatisfy({ isWord($0) || $0 == "-" || $0 == "." }) else {
            throw AgentNameError("agent type '\(name)': use letters, digits, '_', '-' and '.'")
        }
    }

    /// Makes sure that `name` can name the type of a topic that agents publish to.
    static func check(topicType name: String) throws(AgentNameError) {
        guard !name.isEmpty, name.allSatisfy({ isWord($0) || "-.:=".contains($0) }) else {
            throw AgentNameError("topic type '\(name)': use letters, digits, '_', '-', '.', ':' and '='")
        }
    }

    private static func isWord(_ character: Character) -> Bool {
        character == "_" || character.isLetter || character.isNumber
    }
}
