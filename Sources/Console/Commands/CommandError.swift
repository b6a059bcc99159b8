/// Why a command ended without success: printed as `error: <what>` and `hint: <next step>`, or as JSON.
public struct CommandError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the shell is told.
    public let exitCode: ExitCode
    /// A stable name of the cause for scripts, such as `unknownTopic`.
    public let kind: String
    /// What happened, with names and values.
    public let message: String
    /// What to do next; nil when there is nothing to say.
    public let hint: String?

    /// An error.
    ///
    /// - Parameters:
    ///   - exitCode: what the shell is told.
    ///   - message: what happened, with names and values.
    ///   - hint: what to do next.
    ///   - kind: a stable name of the cause; the exit code's when nil.
    public init(_ exitCode: ExitCode, _ message: String, hint: String? = nil, kind: String? = nil) {
        self.exitCode = exitCode
        self.kind = kind ?? exitCode.kind
        self.message = message
        self.hint = hint
    }

    /// A command line that makes no sense.
    public static func usage(_ message: String, hint: String? = nil) -> CommandError {
        CommandError(.usage, message, hint: hint)
    }

    /// The message.
    public var description: String { message }
}

extension CommandError {
    /// The error as the object that `--output json` puts on standard error.
    var json: JSONValue {
        var members: [JSONMember] = [
            JSONMember("code", .integer(Int64(exitCode.rawValue))), JSONMember("kind", .string(kind)),
            JSONMember("message", .string(message)),
        ]
        if let hint { members.append(JSONMember("hint", .string(hint))) }
        return .object([JSONMember("error", .object(members))])
    }
}

/// A signal asked the process to end, and the command stopped in good order: nothing is printed.
public struct SignalReceived: Error, Sendable, Hashable {
    /// The signal's number.
    public let signal: Int32

    /// The end by `signal`.
    public init(signal: Int32) { self.signal = signal }

    /// 128 + the signal's number, as shells have it.
    public var exitCode: ExitCode { ExitCode(rawValue: 128 + signal) }
}

/// Standard output takes no more: mostly nobody reads any more, as in `… | head -1`, and the command ends quietly.
public struct OutputClosed: Error, Sendable, Hashable {
    /// Why the device refused; nil when the reader went away.
    public let cause: String?

    /// The end of the output.
    public init(cause: String? = nil) { self.cause = cause }
}
