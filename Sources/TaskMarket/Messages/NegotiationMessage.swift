/// What a requester and a provider say to each other about a price: the original's `NegotiationMessage`.
public struct NegotiationMessage: Sendable, Hashable, Codable {
    /// The task; the record's key.
    public var task: String
    /// Who says it.
    public var sender: String
    /// Whom it is for.
    public var receiver: String
    /// Which round of their talk it belongs to, from 1; the original's requester always says 1.
    public var round: Int32
    /// The price it speaks of; nil when the sender gives up.
    public var offer: Double?
    /// Whether the sender agrees to `offer`.
    public var approved: Bool
    /// More about it, in words.
    public var message: String?
    /// When it was said, in milliseconds since 1970.
    public var timestamp: Int64

    /// A message.
    public init(
        _ task: String, from sender: String, to receiver: String, round: Int32, offer: Double?, approved: Bool = false,
        message: String? = nil, timestamp: Int64
    ) {
        self.task = task
        self.sender = sender
        self.receiver = receiver
        self.round = round
        self.offer = offer
        self.approved = approved
        self.message = message
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case task = "task_id"
        case sender = "sender_id"
        case receiver = "receiver_id"
        case round = "negotiation_round"
        case offer, approved, message, timestamp
    }
}
