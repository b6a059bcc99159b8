/// Something that happened to a session, as its owner tells it.
public struct MemoryChange: Sendable, Hashable {
    /// The kinds of change.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// An item came.
        case added
        /// An item took the place of one with its identifier.
        case replaced
        /// An item was deleted by its identifier.
        case deleted
        /// An item was forgotten because its time was over.
        case expired
        /// An item was forgotten to keep the session within its bounds.
        case dropped
        /// The session was cleared.
        case cleared
    }

    /// The kind of change.
    public let kind: Kind
    /// The item, as it is now, or as it was; nil when the session was cleared.
    public let item: MemoryItem?
    /// How many items it was: those that a clear has discarded, else 1.
    public let count: Int

    /// A change.
    public init(_ kind: Kind, _ item: MemoryItem? = nil, count: Int = 1) {
        self.kind = kind
        self.item = item
        self.count = count
    }
}
