/// A text that no log, error or dump may show.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What stands in its place wherever it is printed.
    static let placeholder = "<hidden>"

    /// The text itself; only for the header that carries it.
    let revealed: String

    /// Keeps `text` to itself.
    init(_ text: String) { revealed = text }

    var description: String { Self.placeholder }
    var debugDescription: String { Self.placeholder }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// `text` with every occurrence of the secret replaced; some servers repeat a key that they refuse.
    func redact(_ text: String) -> String {
        revealed.isEmpty
            ? text
            : text.split(separator: revealed, omittingEmptySubsequences: false).joined(separator: Self.placeholder)
    }
}
