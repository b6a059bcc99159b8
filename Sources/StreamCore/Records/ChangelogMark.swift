/// Which prefix of a changelog a checkpoint holds.
public struct ChangelogMark: Sendable, Hashable, Codable {
    /// The offset after the last entry it holds.
    public let position: Int64
    /// The commit that wrote the entry before ``position``; 0 when the log has no such thing (Kafka) or the store is empty.
    public let commitID: Int64
    /// The changelog topic's incarnation.
    public let incarnation: String

    /// A mark.
    public init(position: Int64, commitID: Int64, incarnation: String) {
        self.position = position
        self.commitID = commitID
        self.incarnation = incarnation
    }
}
