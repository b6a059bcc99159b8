import Foundation

/// A secret that is sent and never shown: descriptions, dumps and errors have dots in its place.
public struct APIKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let secret: String

    /// A key.
    public init(_ secret: String) { self.secret = secret }

    /// The key in the environment variable `name`; nil when that is not set or empty.
    public static func environment(_ name: String) -> APIKey? {
        guard let secret = ProcessInfo.processInfo.environment[name], !secret.isEmpty else { return nil }
        return APIKey(secret)
    }

    /// Dots.
    public var description: String { "•••" }
    /// Dots.
    public var debugDescription: String { "•••" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether a header can carry it as it is.
    var fitsHeader: Bool { !secret.isEmpty && secret.utf8.allSatisfy { (0x21...0x7e).contains($0) } }

    /// `text` with dots where it repeats the key.
    func hidden(in text: String) -> String {
        secret.count < 4 ? text : text.replacingOccurrences(of: secret, with: "•••")
    }
}
