/// What executors and requesters ask of the market beyond the original's messages: a record of `<market>-commands`.
public struct MarketCommand: Sendable, Hashable, Codable {
    /// What is asked.
    public enum Action: Sendable, Hashable, Codable {
        /// An executor wants to do the work.
        case claim
        /// The executor is still at it.
        case renew
        /// The executor has done it, with this result.
        case complete(result: String?)
        /// The executor has failed, and somebody may try again or not.
        case fail(reason: String, isRetryable: Bool)
        /// The requester takes the task back.
        case cancel
    }

    /// The version of this format: 1.
    public private(set) var format = 1
    /// The task; the record's key.
    public let task: String
    /// Who asks.
    public let agent: String
    /// Which opening of the task it is about; 0 where that does not matter.
    public let epoch: Int
    /// What is asked.
    public let action: Action
    /// When it was asked, in milliseconds since 1970: what tells one renewal from the next.
    public let timestamp: Int64

    /// A command.
    public init(_ action: Action, _ task: String, by agent: String, epoch: Int = 0, timestamp: Int64) {
        self.timestamp = timestamp
        self.task = task
        self.agent = agent
        self.epoch = epoch
        self.action = action
    }
}
