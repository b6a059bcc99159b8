/// A column of a table: a member of the objects that the rows are.
public struct Column: Sendable, Hashable {
    /// Where text stands in its column.
    public enum Alignment: Sendable, Hashable {
        /// At the left: text.
        case left
        /// At the right: numbers.
        case right
    }

    /// The name of the member.
    public let name: String
    /// The header, in capitals.
    public let header: String
    /// Where text stands.
    public let alignment: Alignment
    /// Whether a table leaves it out unless a wide one is asked for.
    public let isWide: Bool

    /// The column of the member `name`; the header is its name in capitals when nil.
    public init(_ name: String, header: String? = nil, _ alignment: Alignment = .left, isWide: Bool = false) {
        self.name = name
        self.header = header ?? name.uppercased()
        self.alignment = alignment
        self.isWide = isWide
    }
}
