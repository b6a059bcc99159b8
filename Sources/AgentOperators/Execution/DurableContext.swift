public import StreamCore

/// What a handler may do so that it is not done again when the handler is run again after a crash.
///
/// A handler that is run again gets the results that its journal holds, in the order in which it asks for them, and goes on
/// where it stopped. Between these calls it must be deterministic: what time, chance or the world decide is asked here. All
/// calls suspend; none blocks a thread. Cancellation means that this run of the handler counts for nothing any more.
public protocol DurableContext: Sendable {
    /// The same at every run for the same request, and never shared by two requests.
    var idempotencyKey: String { get }
    /// Which run this is in this process, from 1.
    var attempt: Int { get }
    /// When the request is given up.
    var deadline: Timestamp { get }

    /// Does something once and remembers what came of it.
    ///
    /// The body starts only after all steps before it are committed; what it returns is committed before this returns,
    /// unless `policy` is ``StepPolicy/pure``. A name that is used again in one handler means its next occurrence.
    ///
    /// - Parameters:
    ///   - name: the step's name: part of its idempotency key, and how its result is found again.
    ///   - policy: what happens when a crash leaves open whether the body has run.
    ///   - body: what is done; it gets the step's idempotency key.
    /// - Returns: what the body returned, now or in an earlier run.
    /// - Throws: what the body throws, which is not remembered; ``StepFailure``; `CancellationError`.
    @discardableResult func step<Value: Codable & Sendable>(
        _ name: String, policy: StepPolicy<Value>,
        _ body: @escaping @Sendable (StepContext) async throws -> Value
    ) async throws -> Value

    /// The time of day when it was first asked here.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    func now() async throws -> Timestamp

    /// 64 random bits, the same at every run.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    func random() async throws -> UInt64

    /// Waits, over restarts, and holds no slot meanwhile.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    func sleep(for duration: Duration) async throws

    /// Asks a person, who may take days, and holds no slot meanwhile.
    ///
    /// - Parameters:
    ///   - name: names the question in the journal; a name that is used again means its next occurrence.
    ///   - request: what is asked.
    /// - Returns: what the person decided, or that nobody did in time.
    /// - Throws: ``StepFailure``; `CancellationError`.
    func approval(_ name: String, _ request: ApprovalRequest) async throws -> ApprovalDecision
}

extension DurableContext {
    /// Does something once, with an idempotency key that makes a repetition after a crash harmless.
    ///
    /// - Throws: as ``step(_:policy:_:)``.
    @discardableResult public func step<Value: Codable & Sendable>(
        _ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Value
    ) async throws -> Value {
        try await step(name, policy: .idempotent, body)
    }

    /// Does something once that has no result, with an idempotency key that makes a repetition after a crash harmless.
    ///
    /// - Throws: as ``step(_:policy:_:)``.
    public func step(_ name: String, _ body: @escaping @Sendable (StepContext) async throws -> Void) async throws {
        try await step(name, policy: .idempotent) { context in
            try await body(context)
            return true
        }
    }
}

/// What the body of a step gets to know.
public struct StepContext: Sendable {
    /// The same at every try of this step of this request: request key, step name, occurrence.
    public let idempotencyKey: String
    /// Whether an earlier run may have done it already, because a crash left that open.
    public let isRepeated: Bool

    /// A context.
    public init(idempotencyKey: String, isRepeated: Bool = false) {
        self.idempotencyKey = idempotencyKey
        self.isRepeated = isRepeated
    }
}

/// What happens when a crash leaves open whether a step's body has run.
public enum StepPolicy<Value: Sendable>: Sendable {
    /// It has no side effects: run again; nothing waits for commits.
    case pure
    /// It is run again with the same idempotency key, by which its target knows a repetition. The default.
    case idempotent
    /// The closure asks the target, by the idempotency key, whether it was done: a value stands for the step's result, nil
    /// means it was not, and the body runs.
    case reconcile(@Sendable (StepContext) async throws -> Value?)
    /// It is never run again: the step throws ``StepFailure/Code/interrupted``.
    case atMostOnce
}

/// Why a step has no result.
public struct StepFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable, Codable {
        /// A step that must happen at most once was under way when its process died.
        case interrupted
        /// The handler asks for something else than its journal holds: its code changed, or it is not deterministic.
        case changed
        /// What the journal holds cannot be read as the type that is asked for.
        case unreadable
        /// The step cannot be kept: its result is too large for the journal, or the context keeps no journal.
        case unkept
    }

    /// The kind of failure.
    public let code: Code
    /// The step's name.
    public let step: String
    /// What happened, in words.
    public let message: String

    /// A failure.
    public init(_ code: Code, step: String, _ message: String) {
        self.code = code
        self.step = step
        self.message = message
    }

    /// The step, the code and the message.
    public var description: String { "step '\(step)' \(code.rawValue): \(message)" }
}

/// A question to a person.
public struct ApprovalRequest: Sendable, Hashable, Codable {
    /// What is asked, in words.
    public var prompt: String
    /// What it is about, as JSON text, for example the arguments of a tool; an answer may bring an edited one.
    public var details: String
    /// How long the question stands; nil means as long as the request's deadline allows.
    public var timeoutMilliseconds: Int64?

    /// A question.
    public init(_ prompt: String, details: String = "{}", timeout: Duration? = nil) {
        self.prompt = prompt
        self.details = details
        timeoutMilliseconds = timeout?.milliseconds
    }
}

/// What a person decided.
public struct ApprovalDecision: Sendable, Hashable, Codable {
    /// The verdicts.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// Go on.
        case approved
        /// Do not.
        case rejected
        /// Nobody decided in time.
        case expired
    }

    /// The verdict.
    public var verdict: Verdict
    /// Who decided; empty when nobody did.
    public var by: String
    /// Why, in words.
    public var reason: String
    /// The details as the person edited them, JSON text; nil when they stay.
    public var edited: String?

    /// A decision.
    public init(_ verdict: Verdict, by: String = "", reason: String = "", edited: String? = nil) {
        self.verdict = verdict
        self.by = by
        self.reason = reason
        self.edited = edited
    }

    /// Whether the answer is yes.
    public var isApproved: Bool { verdict == .approved }
}
