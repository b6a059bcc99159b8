/// What is wrong with a configuration: everything that was found, not only the first of it.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is, for exit codes.
    public enum Kind: String, Sendable, Hashable {
        /// A file that was named is not there.
        case missing
        /// A file may not be read.
        case denied
        /// What is written makes no sense.
        case invalid
    }

    /// The worst of it.
    public let kind: Kind
    /// Every fault, in the order of the text.
    public let problems: [ConfigurationProblem]

    /// An error of at least one problem.
    public init(_ kind: Kind, _ problems: [ConfigurationProblem]) {
        self.kind = kind
        self.problems = problems
    }

    /// One fault in what is written.
    public init(_ message: String, at origin: ConfigurationOrigin? = nil, hint: String? = nil) {
        self.init(.invalid, message, at: origin, hint: hint)
    }

    /// One fault.
    public init(
        _ kind: Kind, _ message: String, at origin: ConfigurationOrigin? = nil, hint: String? = nil
    ) {
        self.init(kind, [ConfigurationProblem(message, at: origin, hint: hint)])
    }

    /// One line a fault.
    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// The first hint there is.
    public var hint: String? { problems.lazy.compactMap(\.hint).first }
}

/// One fault of a configuration; its text never shows a secret.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// Where; nil when it is nowhere.
    public let origin: ConfigurationOrigin?
    /// What to write instead.
    public let hint: String?

    /// A fault.
    public init(_ message: String, at origin: ConfigurationOrigin? = nil, hint: String? = nil) {
        self.message = message
        self.origin = origin
        self.hint = hint
    }

    /// For example `tributary.yaml:3:5: …`.
    public var description: String { origin.map { "\($0): \(message)" } ?? message }
}
