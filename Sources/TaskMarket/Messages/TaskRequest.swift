/// What a requester wants done: the original's `TaskRequest`.
public struct TaskRequest: Sendable, Hashable, Codable {
    /// Names the task; the record's key.
    public var task: String
    /// Who wants it.
    public var requester: String
    /// What is to be done, in words.
    public var description: String
    /// What the requester would pay; nil when it does not say.
    public var proposedCost: Double?
    /// How urgent it is, 1 (low) to 5 (high).
    public var priority: Int32
    /// When it was asked, in milliseconds since 1970.
    public var timestamp: Int64

    /// A request.
    public init(
        _ task: String, requester: String, description: String, proposedCost: Double? = nil, priority: Int32 = 1,
        timestamp: Int64
    ) {
        self.task = task
        self.requester = requester
        self.description = description
        self.proposedCost = proposedCost
        self.priority = priority
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case task = "task_id"
        case requester = "requester_id"
        case description
        case proposedCost = "proposed_cost"
        case priority, timestamp
    }
}
