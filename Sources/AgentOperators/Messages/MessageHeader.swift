/// The headers of messages between agents, in every language.
///
/// The value is the payload, the key the recipient's key; everything else is here, as UTF-8 text.
public enum MessageHeader {
    /// What all their names begin with.
    public static let prefix = "tributary."
    /// What the record is: a ``MessageKind``.
    public static let kind = "tributary.kind"
    /// The request's id: correlation id and idempotency key in one.
    public static let id = "tributary.id"
    /// The recipient's type; the record's key is its key.
    public static let agent = "tributary.agent"
    /// The sender, `type/key`.
    public static let sender = "tributary.sender"
    /// The topic that a message was published to, `type/source`.
    public static let topic = "tributary.topic"
    /// The payload's type name.
    public static let type = "tributary.type"
    /// The payload's format; `application/json` when absent.
    public static let contentType = "tributary.content-type"
    /// The topic that the reply is to be written to.
    public static let replyTopic = "tributary.reply-topic"
    /// The partition of it.
    public static let replyPartition = "tributary.reply-partition"
    /// When nobody waits any more, in milliseconds since 1970.
    public static let deadline = "tributary.deadline"
    /// The number of a partial reply, from 0; on the final reply, how many partials there were.
    public static let sequence = "tributary.sequence"
    /// Of a request, which try it is; of a reply and its partials, the run that made them; from 1.
    public static let attempt = "tributary.attempt"
    /// The agents that wait for this request, outermost first, separated by spaces.
    public static let chain = "tributary.chain"
    /// An error's code.
    public static let errorCode = "tributary.error-code"
    /// An error in words.
    public static let errorMessage = "tributary.error-message"
    /// Whether the same request may succeed later: `true` or `false`.
    public static let errorRetryable = "tributary.error-retryable"
    /// What else there is to say of an error, as JSON.
    public static let errorDetails = "tributary.error-details"
}

/// What a record between agents is.
public enum MessageKind: String, Sendable, Hashable, Codable {
    /// Wants a reply.
    case request
    /// Was published; nobody waits for a reply.
    case message
    /// Ends a request; a null value is a void reply.
    case reply
    /// A part of a reply that comes in pieces.
    case partial
    /// Ends a request without a reply.
    case error
    /// Takes a request back.
    case cancel
    /// What a person decided.
    case decision
}
