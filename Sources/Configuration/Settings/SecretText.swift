/// A text that no description, dump or error shows.
public struct SecretText: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    private let text: String

    /// The secret `text`.
    public init(_ text: String) { self.text = text }

    /// The secret `value`.
    public init(stringLiteral value: String) { text = value }

    /// The text itself, for who must use it.
    public func reveal() -> String { text }

    /// Whether there is nothing to hide.
    public var isEmpty: Bool { text.isEmpty }

    /// Three stars.
    public var description: String { SecretNames.mask }

    /// Three stars.
    public var debugDescription: String { SecretNames.mask }

    /// No children: a dump shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
