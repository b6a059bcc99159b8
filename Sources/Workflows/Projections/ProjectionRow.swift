/// A row of a projection as it is stored: JSON under its key.
public struct ProjectionRow<View: Codable & Sendable>: Codable, Sendable {
    /// The format: 1.
    public private(set) var format = 1
    /// What is shown.
    public internal(set) var view: View
    /// How many events it is made of.
    public internal(set) var version: Int64
    /// The record of the last of them, `topic-partition@offset`.
    public internal(set) var position: String
    /// When the last of them happened, in milliseconds.
    public internal(set) var updatedAt: Int64
}

extension ProjectionRow: Equatable where View: Equatable {}

/// An event on its way to the row that shows it.
struct ProjectedEvent<Source: Codable & Sendable, Event: Codable & Sendable>: Codable, Sendable {
    let source: Source
    let event: EventMessage<Event>
}
