public import StreamCore

/// A message between agents, whatever it looks like on the wire: see ``MessageCodec``.
public struct AgentMessage: Sendable, Hashable {
    /// What it is.
    public var kind: MessageKind
    /// The request it is or belongs to; empty when there is none.
    public var id: String
    /// What decides its partition: a request's key is the recipient's.
    public var key: Bytes?
    /// What it says; nil in a void reply.
    public var payload: Bytes?
    /// The payload's type name.
    public var type: String?
    /// The payload's format; nil means `application/json`.
    public var contentType: String?
    /// The recipient's type.
    public var agent: String?
    /// The sender, `type/key`.
    public var sender: String?
    /// The topic that it was published to, `type/source`.
    public var topic: String?
    /// Where a reply goes.
    public var replyTo: MessageAddress?
    /// When nobody waits any more.
    public var deadline: Timestamp?
    /// The number of a partial reply, from 0; on the final reply how many partials there were.
    public var sequence: Int?
    /// Of a request, which try it is; of a reply, the run that made it and its partials; from 1, nil means 1.
    public var attempt: Int?
    /// The agents that wait for this request, outermost first.
    public var chain: [String] = []
    /// Why there is no reply, in a message of kind `error`.
    public var error: MessageError?
    /// All other headers, which travel on.
    public var headers: Headers = .none

    /// A message with nothing but its kind and id.
    public init(_ kind: MessageKind, id: String) {
        self.kind = kind
        self.id = id
    }
}

/// A place that messages are written to.
public struct MessageAddress: Sendable, Hashable {
    /// The topic.
    public var topic: String
    /// The partition; nil means that of the message's key.
    public var partition: Int32?

    /// An address.
    public init(topic: String, partition: Int32? = nil) {
        self.topic = topic
        self.partition = partition
    }
}

/// Why a request has no reply, as it travels.
public struct MessageError: Sendable, Hashable, Codable {
    /// A short name that programs can compare: that of an ``AgentFailure/Code``, or the remote agent's own.
    public var code: String
    /// What happened, in words.
    public var message: String
    /// Whether the same request may succeed later.
    public var isRetryable: Bool
    /// What else there is to say, as JSON text.
    public var details: String?

    /// An error.
    public init(_ code: String, _ message: String, isRetryable: Bool = false, details: String? = nil) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
        self.details = details
    }
}
