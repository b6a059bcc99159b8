/// What a customer wrote about a product: the value of topic `reviews`, one JSON object a record.
///
/// All four fields are required and of their own type; an identifier that is a JSON number is refused like any other
/// wrong type, because `7`, `7.0` and `"7"` would otherwise be one review to some readers and three to others.
struct Review: Codable, Sendable, Hashable {
    /// What the shop calls this review.
    var id: String
    /// What was reviewed; the key of the topic and of the totals.
    var product: String
    /// What the customer wrote; may be empty.
    var text: String
    /// When it was written: milliseconds since 1970-01-01 UTC.
    var at: Int64
}
