/// Which earlier versions of a subject a schema must go with, and in which direction; named as Confluent's registry does.
public enum CompatibilityLevel: String, Sendable, Hashable, CaseIterable {
    /// With none.
    case none = "NONE"
    /// It reads what the latest version wrote: readers are upgraded first.
    case backward = "BACKWARD"
    /// It reads what any version wrote.
    case backwardTransitive = "BACKWARD_TRANSITIVE"
    /// The latest version reads what it writes: writers are upgraded first.
    case forward = "FORWARD"
    /// Every version reads what it writes.
    case forwardTransitive = "FORWARD_TRANSITIVE"
    /// Both with the latest version.
    case full = "FULL"
    /// Both with every version.
    case fullTransitive = "FULL_TRANSITIVE"

    /// Whether every version counts, not only the latest.
    public var isTransitive: Bool {
        self == .backwardTransitive || self == .forwardTransitive || self == .fullTransitive
    }

    private var readsEarlier: Bool {
        switch self {
        case .backward, .backwardTransitive, .full, .fullTransitive: true
        default: false
        }
    }

    private var isReadByEarlier: Bool {
        switch self {
        case .forward, .forwardTransitive, .full, .fullTransitive: true
        default: false
        }
    }

    /// What speaks against `schema` after `earlier` versions, oldest first, of which only the last counts unless the level is transitive.
    ///
    /// Nothing when it may follow.
    public func problems(
        of schema: SchemaSource, after earlier: [(version: Int, source: SchemaSource)]
    ) -> [SchemaIncompatibility] {
        (isTransitive ? earlier : Array(earlier.suffix(1))).flatMap { version, source in
            (readsEarlier ? schema.problems(reading: source).map { $0.of(version: version, isBackward: true) } : [])
                + (isReadByEarlier
                    ? source.problems(reading: schema).map { $0.of(version: version, isBackward: false) } : [])
        }
    }
}

/// One way in which two schemas do not go together.
public struct SchemaIncompatibility: Sendable, Hashable, CustomStringConvertible {
    /// What kind it is, as Confluent's registry calls it, for example `READER_FIELD_MISSING_DEFAULT_VALUE`.
    public let code: String
    /// Where in the reader's schema, for example `/fields/2` or `#/properties/price`.
    public let path: String
    /// What is wrong there and what to do.
    public let message: String
    /// The earlier version; nil when two schemas were compared by themselves.
    public let version: Int?

    init(_ code: String, _ path: String, _ message: String, version: Int? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.version = version
    }

    /// What another registry said, in its own words.
    public static func remote(_ message: String) -> SchemaIncompatibility {
        SchemaIncompatibility("INCOMPATIBLE", "", message)
    }

    func of(version: Int, isBackward: Bool) -> SchemaIncompatibility {
        let whose =
            isBackward
            ? "the new schema cannot read version \(version)" : "version \(version) cannot read the new schema"
        return SchemaIncompatibility(code, path, "\(message) (\(whose))", version: version)
    }

    /// The code, the place and what is wrong.
    public var description: String { "\(code) at \(path.isEmpty ? "/" : path): \(message)" }
}
