public import AgentOperators
public import StreamCore

/// What a step of a saga knows of the saga and of the call at hand.
public struct SagaContext: Sendable, Hashable, Codable {
    /// What a call is for.
    public enum Purpose: String, Sendable, Hashable, Codable {
        /// The step's work.
        case perform
        /// Undoing it.
        case compensate
    }

    /// The saga's id: the key of the record that began it.
    public let saga: String
    /// The step's name.
    public let step: String
    /// Whether the step is done or undone.
    public let purpose: Purpose
    /// The same whenever this step of this saga is done, or undone, again; never shared with another: hand it to whatever
    /// has side effects.
    public let idempotencyKey: String
    /// Whether it is not known if the step that is to be undone has had any effect: it timed out, or failed at every try.
    ///
    /// Undo what there is; if there is nothing, see to it that the step, should it still arrive, has none either.
    public let isUncertain: Bool
    /// When the saga stops going on and undoes what it did.
    public let deadline: Timestamp
}

/// What a step that runs in the process may do.
public struct SagaStepContext: Sendable {
    /// What the step knows.
    public let saga: SagaContext
    /// The way to do things durably within the step: `context.durable.step("charge") { … }`.
    public let durable: AskContext

    /// The same whenever this step of this saga is done again; see ``SagaContext/idempotencyKey``.
    public var idempotencyKey: String { saga.idempotencyKey }

    /// A context; for tests of steps.
    public init(saga: SagaContext, durable: AskContext) {
        self.saga = saga
        self.durable = durable
    }
}

/// A call to a step as it is journalled.
struct SagaCall<State: Codable & Sendable>: Codable, Sendable {
    let context: SagaContext
    let state: State
}

/// How a call to a step ended: what it does to the saga's state, or why there is nothing.
typealias SagaAnswer<State> = Result<@Sendable (inout State, SagaContext.Purpose) throws -> Void, AgentFailure>

/// The participant's answer means that it did nothing and will not: thrown by a step's `reply`.
public struct SagaRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why, in words.
    public let description: String

    /// A refusal.
    public init(_ description: String) { self.description = description }
}
