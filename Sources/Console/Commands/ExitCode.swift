/// What a command tells the shell when it ends; scripts depend on the numbers.
public struct ExitCode: RawRepresentable, Sendable, Hashable {
    /// The number.
    public let rawValue: Int32

    /// The code `rawValue`.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// All went well.
    public static let success = ExitCode(rawValue: 0)
    /// It failed, for a reason that has no code of its own.
    public static let failure = ExitCode(rawValue: 1)
    /// The command line makes no sense.
    public static let usage = ExitCode(rawValue: 2)
    /// What was named does not exist.
    public static let notFound = ExitCode(rawValue: 3)
    /// A broker or another endpoint cannot be reached or did not answer in time.
    public static let unreachable = ExitCode(rawValue: 4)
    /// Not allowed.
    public static let denied = ExitCode(rawValue: 5)
    /// Somebody else is in the way: a group that lives, a store that is locked, a topic that exists.
    public static let conflict = ExitCode(rawValue: 6)
    /// Done in part: some records failed or could not be decoded.
    public static let partial = ExitCode(rawValue: 7)
    /// It works but is not well: differences found, a check that failed.
    public static let unhealthy = ExitCode(rawValue: 8)
    /// The user said no at a prompt.
    public static let cancelled = ExitCode(rawValue: 9)
    /// Neither this build nor this broker can do it.
    public static let unsupported = ExitCode(rawValue: 10)
    /// Ended by SIGINT.
    public static let interrupted = ExitCode(rawValue: 130)
    /// Ended by SIGTERM.
    public static let terminated = ExitCode(rawValue: 143)

    /// The code's name, as error objects have it.
    public var kind: String {
        switch self {
        case .success: "ok"
        case .usage: "usage"
        case .notFound: "notFound"
        case .unreachable: "unreachable"
        case .denied: "denied"
        case .conflict: "conflict"
        case .partial: "partial"
        case .unhealthy: "unhealthy"
        case .cancelled: "cancelled"
        case .unsupported: "unsupported"
        case .interrupted: "interrupted"
        case .terminated: "terminated"
        default: "failure"
        }
    }
}
