public import StreamCore

/// How the original's three messages are written.
public struct MarketFormat: Sendable {
    /// How requests are written.
    public let request: Serde<TaskRequest>
    /// How responses are written.
    public let response: Serde<TaskResponse>
    /// How negotiation messages are written.
    public let negotiation: Serde<NegotiationMessage>
    /// Whether ``MarketStatus/expired`` and ``MarketStatus/cancelled`` can be written; else they become REJECTED before the
    /// award and FAILED after it.
    public let hasAllStatuses: Bool

    /// A format.
    public init(
        request: Serde<TaskRequest>, response: Serde<TaskResponse>, negotiation: Serde<NegotiationMessage>,
        hasAllStatuses: Bool
    ) {
        self.request = request
        self.response = response
        self.negotiation = negotiation
        self.hasAllStatuses = hasAllStatuses
    }

    /// JSON with the original's field names: for markets without the original's agents, readable by every tool.
    public static let json = MarketFormat(
        request: .json(), response: .json(), negotiation: .json(), hasAllStatuses: true)
}
