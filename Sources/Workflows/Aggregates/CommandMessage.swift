/// A command to an aggregate, with what makes it safe to send twice.
public struct CommandMessage<Command: Codable & Sendable>: Codable, Sendable {
    /// Names the command for ever: one that comes again changes nothing and is answered as before.
    public var id: String
    /// What is wanted.
    public var command: Command
    /// The version that the sender has seen; when the aggregate has another the command is not decided.
    ///
    /// Nil does not ask.
    public var expectedVersion: Int64?

    /// A command.
    public init(id: String, _ command: Command, expectedVersion: Int64? = nil) {
        self.id = id
        self.command = command
        self.expectedVersion = expectedVersion
    }
}

extension CommandMessage: Equatable where Command: Equatable {}
extension CommandMessage: Hashable where Command: Hashable {}

/// Something that has happened to an aggregate: the truth, of which all else is made.
public struct EventMessage<Event: Codable & Sendable>: Codable, Sendable {
    /// The aggregate's version with this event: 1 for the first, without gaps.
    public var version: Int64
    /// What has happened.
    public var event: Event
    /// The command that it comes from.
    public var command: String

    /// An event.
    public init(version: Int64, _ event: Event, command: String) {
        self.version = version
        self.event = event
        self.command = command
    }
}

extension EventMessage: Equatable where Event: Equatable {}
extension EventMessage: Hashable where Event: Hashable {}

/// What became of a command.
public struct CommandOutcome<Rejection: Codable & Sendable>: Codable, Sendable {
    /// The kinds of outcome.
    public enum Status: String, Sendable, Hashable, Codable {
        /// It is done; its events, if any, are committed.
        case accepted
        /// The aggregate does not want it.
        case rejected
        /// The aggregate has another version than the sender expected.
        case conflict
    }

    /// The command.
    public var command: String
    /// What became of it.
    public var status: Status
    /// The aggregate's version after it.
    public var version: Int64
    /// Why it was rejected.
    public var rejection: Rejection?

    /// An outcome.
    public init(command: String, _ status: Status, version: Int64, rejection: Rejection? = nil) {
        self.command = command
        self.status = status
        self.version = version
        self.rejection = rejection
    }
}

extension CommandOutcome: Equatable where Rejection: Equatable {}
extension CommandOutcome: Hashable where Rejection: Hashable {}

/// What an aggregate decides about a command.
public enum Decision<Event: Sendable, Rejection: Sendable>: Sendable {
    /// It happens: these events, in order; none when there is nothing to do.
    case accept([Event])
    /// It does not happen, and why.
    case reject(Rejection)
}

/// An aggregate as it is stored: JSON under its key.
///
/// The events are the truth; this is what they come to.
public struct AggregateSnapshot<State: Codable & Sendable>: Codable, Sendable {
    /// The format: 1.
    public private(set) var format = 1
    /// How many events it is made of.
    public var version: Int64
    /// What they come to.
    public var state: State

    /// A snapshot.
    public init(version: Int64, state: State) {
        self.version = version
        self.state = state
    }
}

extension AggregateSnapshot: Equatable where State: Equatable {}
