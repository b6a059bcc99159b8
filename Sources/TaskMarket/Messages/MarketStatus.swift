/// Where a task of a market stands.
///
/// The first seven are the original's, in the order of its Avro enum; the last two exist only where both sides know them.
public enum MarketStatus: String, Sendable, Hashable, Codable, CaseIterable {
    /// Requested; nobody has made an offer.
    case pending = "PENDING"
    /// Awarded to a provider; open for executors.
    case accepted = "ACCEPTED"
    /// Nobody took it.
    case rejected = "REJECTED"
    /// At least one provider talks about the price.
    case negotiating = "NEGOTIATING"
    /// Claimed by an executor.
    case running = "RUNNING"
    /// Done.
    case completed = "COMPLETED"
    /// Not done, for good.
    case failed = "FAILED"
    /// Over because its time was.
    case expired = "EXPIRED"
    /// Taken back by its requester.
    case cancelled = "CANCELLED"

    /// Whether nothing can happen to the task any more.
    public var isTerminal: Bool {
        switch self {
        case .rejected, .completed, .failed, .expired, .cancelled: true
        case .pending, .accepted, .negotiating, .running: false
        }
    }

    /// All, in the order of the Avro enum: the original's seven, then ours.
    public static let wireOrder: [MarketStatus] = [
        .pending, .accepted, .rejected, .negotiating, .running, .completed, .failed, .expired, .cancelled,
    ]

    /// Whether the original's schema has it.
    public var isOriginal: Bool { self != .expired && self != .cancelled }
}
