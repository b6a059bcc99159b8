public import JSON
import StreamCore

/// A message between agents in Aika's form: who says what to whom, how urgently, in which conversation.
///
/// Made here it gets an id from something that is the same when the work is done again; read from a topic it keeps all
/// members that it does not know.
public struct Envelope: Sendable, Hashable {
    /// Names the message for ever: `msg-` and a UUID where Aika or Tributary made it.
    public var id: String
    /// When it was sent, in microseconds.
    public var time: EnvelopeTime
    /// The agent that sends it.
    public var source: String
    /// The agent that it is for; nil means all.
    public var target: String?
    /// What it is, such as `CLAIM_SUBMITTED`; handlers are found by it.
    public var type: String
    /// How urgent it is.
    public var priority: EnvelopePriority
    /// What it says, by the type's own rules; mostly an object.
    public var payload: JSONValue
    /// The conversation, session and trace that it belongs to.
    public var metadata: EnvelopeMetadata
    /// Members that this version does not know, in order; written after the others.
    public var unknown: [JSONMember]

    /// A message whose id is made of `idempotencyKey`, so that work that is done again sends the same message again.
    ///
    /// - Parameters:
    ///   - type: what it is.
    ///   - source: who sends it.
    ///   - target: whom it is for; nil for all.
    ///   - payload: what it says.
    ///   - priority: how urgent it is.
    ///   - metadata: its conversation, session and trace.
    ///   - time: when it is sent.
    ///   - idempotencyKey: the same when the same message is made again, never shared by two.
    public init(
        type: String, from source: String, to target: String? = nil, payload: JSONValue = .object([]),
        priority: EnvelopePriority = .normal, metadata: EnvelopeMetadata = EnvelopeMetadata(), at time: EnvelopeTime,
        idempotencyKey: String
    ) {
        self.init(
            id: EnvelopeID.message(idempotencyKey), time: time, source: source, target: target, type: type,
            priority: priority, payload: payload, metadata: metadata, unknown: [])
    }

    /// A message with an id that is given.
    init(
        id: String, time: EnvelopeTime, source: String, target: String?, type: String, priority: EnvelopePriority,
        payload: JSONValue, metadata: EnvelopeMetadata, unknown: [JSONMember]
    ) {
        self.id = id
        self.time = time
        self.source = source
        self.target = target
        self.type = type
        self.priority = priority
        self.payload = payload
        self.metadata = metadata
        self.unknown = unknown
    }

    /// What its order hangs on: the conversation, else the session, else who sends it.
    public var conversation: String { metadata.conversation ?? metadata.session ?? source }

    /// Whether it is for `agent`: by name, or because it is for all.
    public func isAddressed(to agent: String) -> Bool { target == nil || target == agent }
}

/// How urgent a message is.
public enum EnvelopePriority: String, Sendable, Hashable, CaseIterable, Codable {
    /// Before all others, as far as these do not starve.
    case high = "HIGH"
    /// What is said where nothing is said.
    case normal = "NORMAL"
    /// When there is nothing else, and now and then all the same.
    case low = "LOW"
}

/// What a message belongs to.
public struct EnvelopeMetadata: Sendable, Hashable {
    /// The conversation; its messages are handled in order.
    public var conversation: String?
    /// The session.
    public var session: String?
    /// The trace, a UUID where Aika made it.
    public var trace: String?
    /// Members that this version does not know, in order.
    public var unknown: [JSONMember]

    /// Metadata; what is nil is written as null, as Aika does.
    public init(conversation: String? = nil, session: String? = nil, trace: String? = nil) {
        self.conversation = conversation
        self.session = session
        self.trace = trace
        unknown = []
    }
}

/// Which of Aika's two spellings of member names is written; both are read.
public enum EnvelopeSpelling: String, Sendable, Hashable, CaseIterable {
    /// `message_id`: what Aika's code puts on the wire, with times that name no zone.
    case snakeCase
    /// `messageId`: what Aika's document shows, with times in UTC that say so.
    case camelCase
}

/// A record that is no message of Aika's form.
public struct EnvelopeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, at which member, and what was expected.
    public let description: String

    /// An error.
    init(_ description: String) { self.description = description }
}
