public import AgentOperators
public import StreamCore

/// How a saga is doing as a whole.
public enum SagaStatus: String, Sendable, Hashable, Codable, CaseIterable {
    /// Its steps are being done, in order.
    case running
    /// What was done is being undone, in reverse order.
    case compensating
    /// All steps are done.
    case completed
    /// All that was done is undone.
    case compensated
    /// A step can be neither done nor undone: it waits for a person, see ``SagaResolution``.
    case stuck
    /// A person has closed it as it was.
    case abandoned

    /// Whether nothing more comes of it.
    public var isEnd: Bool {
        switch self {
        case .completed, .compensated, .abandoned: true
        case .running, .compensating, .stuck: false
        }
    }
}

/// How a step of a saga is doing.
public enum SagaStepState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Not begun.
    case pending
    /// Under way.
    case running
    /// Done.
    case done
    /// Not done, and known to have had no effect.
    case failed
    /// Not known to be done or not: timed out, or failed at every try.
    case uncertain
    /// Being undone.
    case compensating
    /// Undone.
    case compensated
}

/// What is known of a step.
public struct SagaStepProgress: Sendable, Hashable, Codable {
    /// The step's name.
    public let name: String
    /// How it is doing.
    public internal(set) var state: SagaStepState = .pending
    /// How often it was asked for in this direction.
    public internal(set) var attempts = 0
    /// Why it failed the last time.
    public internal(set) var failure: AgentFailure?
    /// Whether it was uncertain when undoing it began.
    var wasUncertain: Bool?
}

/// What a person decides about a saga that is stuck.
public enum SagaResolution: String, Sendable, Hashable, Codable, CaseIterable {
    /// Try the step again.
    case retry
    /// It was seen to by hand: the step counts as done, or as undone, and the saga goes on.
    case settle
    /// Close the saga as it is.
    case abandon
}

/// The state machine of one saga: what may happen in which state, and what follows.
///
/// A value; it knows no time but what it is told, and does nothing by itself.
public struct SagaProgress: Sendable, Hashable, Codable {
    /// How it is doing.
    public internal(set) var status: SagaStatus = .running
    /// Its steps in order.
    public internal(set) var steps: [SagaStepProgress]
    /// The step that is at work, pauses or is stuck; nil at the end.
    public internal(set) var current: Int?
    /// When the step at hand is tried again; nil when a call is under way.
    public internal(set) var retryAt: Timestamp?
    /// When the call under way counts as lost.
    public internal(set) var answerBy: Timestamp?
    /// When it stops going on.
    public let deadline: Timestamp
    /// When it ended.
    public internal(set) var endedAt: Timestamp?
    /// Why it does not go on.
    public internal(set) var failure: AgentFailure?

    init(_ steps: [SagaPlan.Step], deadline: Timestamp) {
        self.steps = steps.map { SagaStepProgress(name: $0.name) }
        self.deadline = deadline
    }

    /// When something may be due even if nothing arrives.
    var timers: [Timestamp] {
        let expiry = status == .running && failure == nil ? deadline : nil
        return [retryAt, answerBy, expiry].compactMap(\.self)
    }
}

/// What the state machine knows of a saga's declaration.
struct SagaPlan: Sendable {
    struct Step: Sendable {
        let name: String
        let isPivot: Bool
        let hasCompensation: Bool
        let timeout: Duration
    }

    let steps: [Step]
    let retry: RetryPolicy
    /// How long after a call's own deadline its outcome is waited for: longer than clocks may differ.
    static let grace = Duration.seconds(30)
}

/// What happens to a saga.
enum SagaEvent: Sendable {
    case begun
    case succeeded(Int)
    case failed(Int, AgentFailure)
    case time
    case resolved(SagaResolution)
}

/// What a saga does next.
enum SagaMove: Sendable, Hashable {
    case perform(Int)
    case compensate(Int)
    /// Something has changed and nothing is to be done but to keep it.
    case keep
}
