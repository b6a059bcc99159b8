/// Where a message is published: a type, which subscriptions match, and a source, which becomes the key of who gets it.
///
/// As in AutoGen; written `type/source`. Not a topic of the log.
public struct TopicID: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The type's name: letters, digits, `_`, `-`, `.`, `:` and `=`.
    public let type: String
    /// The source; any text.
    public let source: String

    /// A topic.
    public init(_ type: String, source: String) {
        self.type = type
        self.source = source
    }

    /// The type that ``AgentContext/publish(_:to:)`` takes when nothing is said.
    public static let defaultType = "default"

    /// The topic that `text` names.
    ///
    /// - Throws: ``AgentNameError`` when it has no slash or its type no valid name.
    public init(parsing text: String) throws(AgentNameError) {
        guard let slash = text.firstIndex(of: "/") else {
            throw AgentNameError("topic '\(text)' has no source: write 'type/source'")
        }
        self.init(String(text[..<slash]), source: String(text[text.index(after: slash)...]))
        try AgentNameError.check(topicType: type)
    }

    /// `type/source`.
    public var description: String { "\(type)/\(source)" }
}

/// Which topics an agent type listens to; who gets a message is the agent of that type whose key is the topic's source.
public struct AgentSubscription: Sendable, Hashable, Codable, CustomStringConvertible {
    /// How topic types are matched.
    public enum Match: Sendable, Hashable, Codable {
        /// The topic's type is this one.
        case type(String)
        /// The topic's type begins with this.
        case prefix(String)
    }

    /// What it listens to.
    public let match: Match
    /// Who listens.
    public let agentType: String

    /// A subscription of `agentType`.
    public init(_ match: Match, agentType: String) {
        self.match = match
        self.agentType = agentType
    }

    /// Whether it wants what is published to `topic`.
    public func matches(_ topic: TopicID) -> Bool {
        switch match {
        case .type(let type): topic.type == type
        case .prefix(let prefix): topic.type.hasPrefix(prefix)
        }
    }

    /// The agent that gets what is published to `topic`.
    public func recipient(of topic: TopicID) -> AgentID { AgentID(agentType, topic.source) }

    /// The match and who listens.
    public var description: String {
        switch match {
        case .type(let type): "\(type) -> \(agentType)"
        case .prefix(let prefix): "\(prefix)* -> \(agentType)"
        }
    }
}

extension Sequence<AgentSubscription> {
    /// Who gets what is published to `topic`, each once, and `sender` not at all.
    func recipients(of topic: TopicID, besides sender: AgentID?) -> [AgentID] {
        var seen: Set<AgentID> = []
        if let sender { seen.insert(sender) }
        return filter { $0.matches(topic) }.map { $0.recipient(of: topic) }.filter { seen.insert($0).inserted }
    }
}
