public import StreamCore

/// One thing that happened to a task: a record of `<market>-audit`, keyed by the task.
public struct MarketEvent: Sendable, Hashable, Codable {
    /// The version of this format: 1.
    public private(set) var format = 1
    /// The task.
    public let task: String
    /// The number of the event among those of its task, from 1 and without gaps.
    public let sequence: Int
    /// When it was decided, by the clock of whoever owned the task; never before the event before it.
    public let time: Timestamp
    /// The status before; nil at the first event.
    public let from: MarketStatus?
    /// The status after.
    public let to: MarketStatus
    /// What happened.
    public let change: MarketChange
    /// The fingerprint of the message that caused it; nil when time did.
    public let cause: String?

    package init(
        _ task: String, _ sequence: Int, at time: Timestamp, from: MarketStatus?, to: MarketStatus,
        _ change: MarketChange, cause: String?
    ) {
        self.task = task
        self.sequence = sequence
        self.time = time
        self.from = from
        self.to = to
        self.change = change
        self.cause = cause
    }
}
