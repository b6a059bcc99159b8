/// A line of the audit trail: what happened to which message, committed together with what happened.
public struct AuditEntry: Sendable, Hashable, Codable {
    /// What happened to a message.
    public enum Event: String, Sendable, Hashable, Codable {
        /// It came to an agent that it is for.
        case received
        /// The agent has handled it.
        case handled
        /// The agent could not handle it; it is a dead letter too.
        case failed
        /// It was for this agent by name, which has no handler of its type; it is a dead letter too.
        case unhandled
        /// The agent has sent it.
        case sent
    }

    /// The format of this line: 1.
    public var format = 1
    /// What happened.
    public var event: Event
    /// To which agent.
    public var agent: String
    /// The message's id.
    public var message: String
    /// The message's type.
    public var type: String
    /// Who sent the message.
    public var source: String
    /// Whom it is for; nil for all.
    public var target: String?
    /// How urgent it is.
    public var priority: EnvelopePriority
    /// Its conversation.
    public var conversation: String
    /// Its trace.
    public var trace: String?
    /// The message that made the agent send this one; nil for messages that came.
    public var cause: String?
    /// What went wrong, in words.
    public var error: String?
    /// When it happened by the task's clock, in milliseconds since 1970.
    public var at: Int64

    init(_ event: Event, _ envelope: Envelope, agent: String, at: Int64, cause: String? = nil, error: String? = nil) {
        self.event = event
        self.agent = agent
        message = envelope.id
        type = envelope.type
        source = envelope.source
        target = envelope.target
        priority = envelope.priority
        conversation = envelope.conversation
        trace = envelope.metadata.trace
        self.cause = cause
        self.error = error
        self.at = at
    }
}
