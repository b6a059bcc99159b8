/// What somebody says about a task: the original's `TaskResponse`.
public struct TaskResponse: Sendable, Hashable, Codable {
    /// The task; the record's key.
    public var task: String
    /// Who says it: a provider, an executor, or the market itself.
    public var responder: String
    /// What it says.
    public var status: MarketStatus
    /// The price it speaks of; nil when it speaks of none.
    public var counterOffer: Double?
    /// More about it, in words.
    public var message: String?
    /// When it was said, in milliseconds since 1970.
    public var timestamp: Int64

    /// A response.
    public init(
        _ task: String, responder: String, _ status: MarketStatus, counterOffer: Double? = nil,
        message: String? = nil, timestamp: Int64
    ) {
        self.task = task
        self.responder = responder
        self.status = status
        self.counterOffer = counterOffer
        self.message = message
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case task = "task_id"
        case responder = "responder_id"
        case status
        case counterOffer = "counter_offer"
        case message, timestamp
    }
}
