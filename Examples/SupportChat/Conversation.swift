import ChatModels

/// What a customer writes.
struct CustomerMessage: Codable, Sendable, Hashable {
    var text: String
}

/// What the customer is answered.
struct SupportReply: Codable, Sendable, Hashable {
    var text: String
}

/// The last turns of a session: kept with the agent, over restarts.
struct Conversation: Codable, Sendable {
    /// How many messages are kept; the model reads all of them each time.
    private static let limit = 20

    private(set) var messages: [ChatMessage] = []

    mutating func append(_ more: [ChatMessage]) {
        messages += more
        guard messages.count > Self.limit else { return }
        // A tool's result without the call that it belongs to means nothing: what is kept begins with a customer.
        let rest = messages.suffix(Self.limit)
        messages = Array(rest.drop { $0.role != .user })
    }
}
