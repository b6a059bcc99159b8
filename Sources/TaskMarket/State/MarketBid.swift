/// A provider's part in the talk about one task.
public struct MarketBid: Sendable, Hashable, Codable {
    /// How far the talk is.
    public enum Stage: String, Sendable, Hashable, Codable {
        /// The provider has spoken last.
        case offered
        /// The requester has.
        case countered
        /// The requester agrees; the provider has not taken it yet.
        case approved
        /// The provider takes it; the requester has not agreed to its price yet.
        case held
        /// Nothing will come of it.
        case declined
    }

    /// Who bids.
    public let provider: String
    /// How far the talk is.
    public internal(set) var stage: Stage
    /// The price at hand; nil when none was named.
    public internal(set) var price: Double?
    /// How many offers the provider has made.
    public internal(set) var rounds: Int
}

/// Who has a task, and for how much.
public struct MarketAward: Sendable, Hashable, Codable {
    /// Who has it.
    public let provider: String
    /// What was agreed; nil when no price was spoken of.
    public let price: Double?
}

/// How far the work on a task is.
public struct MarketWork: Sendable, Hashable, Codable {
    /// Which opening of the task this is, from 1.
    public internal(set) var epoch: Int
    /// Who has claimed it; nil when nobody has.
    public internal(set) var executor: String?
    /// Until when the claim holds, or from when on the task is open again.
    public internal(set) var until: Int64
    /// Whether it may be claimed.
    public internal(set) var isOpen: Bool
    /// How often it was claimed.
    public internal(set) var attempts: Int
}
