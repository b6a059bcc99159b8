public import StreamCore
import Synchronization

/// What an agent knows of the request at hand, and its way to do things durably.
public struct AskContext: Sendable {
    /// The same at every try of the same request, and never shared by two: application incarnation, step, task, input
    /// record, index.
    public let idempotencyKey: String
    /// Which try this is in this process, from 1.
    public let attempt: Int
    /// The headers of the record that caused it.
    public let headers: Headers
    private let steps: Steps

    private enum Steps: Sendable {
        case kept(StepChannel)
        /// Without a journal, for tests of handlers.
        case unkept(StepNames, deadline: Timestamp)
    }

    /// A context without a journal: its steps just run, and nobody can be asked for approval.
    public init(idempotencyKey: String, attempt: Int, deadline: Timestamp, headers: Headers) {
        self.idempotencyKey = idempotencyKey
        self.attempt = attempt
        self.headers = headers
        steps = .unkept(StepNames(), deadline: deadline)
    }

    init(idempotencyKey: String, attempt: Int, headers: Headers, steps: StepChannel) {
        self.idempotencyKey = idempotencyKey
        self.attempt = attempt
        self.headers = headers
        self.steps = .kept(steps)
    }

    /// When the request is given up; moves on while the handler waits for something that may take longer.
    public var deadline: Timestamp {
        switch steps {
        case .kept(let channel): channel.deadline
        case .unkept(_, let deadline): deadline
        }
    }

    /// The way to the journal; nil without one.
    package var channel: StepChannel? {
        guard case .kept(let channel) = steps else { return nil }
        return channel
    }

    /// Names a step that no journal knows.
    func unkeptID(of name: String) -> String {
        guard case .unkept(let names, _) = steps else { return "" }
        return StepOperation.id(of: idempotencyKey, name, names.next(name))
    }
}

/// Counts how often each name was used.
private final class StepNames: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func next(_ name: String) -> Int {
        counts.withLock { counts in
            defer { counts[name, default: 0] += 1 }
            return counts[name, default: 0]
        }
    }
}
