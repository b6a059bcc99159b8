public import StreamCore

/// A saga as it is stored and told: JSON under its id in the store of its name.
public struct SagaRecord<State: Codable & Sendable>: Codable, Sendable {
    /// The format: 1.
    public private(set) var format = 1
    /// How it is doing.
    public internal(set) var progress: SagaProgress
    /// What its steps know and have found out.
    public internal(set) var state: State
    /// The record that began it, `topic-partition-offset`: part of every idempotency key.
    public let origin: String
    /// When it began by the clock of its task, in milliseconds.
    public let startedAt: Timestamp
    /// The time of the record that began it, which all that it says has.
    public let timestamp: Timestamp
    /// The trace of the record that began it, as `traceparent`.
    public let trace: String?

    init(
        _ progress: SagaProgress, state: State, origin: String, startedAt: Timestamp, timestamp: Timestamp,
        trace: String?
    ) {
        self.progress = progress
        self.state = state
        self.origin = origin
        self.startedAt = startedAt
        self.timestamp = timestamp
        self.trace = trace
    }

    /// How it is doing.
    public var status: SagaStatus { progress.status }

    /// The call to the step at `index` that `progress` asks for.
    func context(_ name: String, _ id: String, _ index: Int, _ purpose: SagaContext.Purpose) -> SagaContext {
        let step = progress.steps[index]
        return SagaContext(
            saga: id, step: step.name, purpose: purpose,
            idempotencyKey: "\(name)/\(id)/\(origin)/\(step.name)/\(purpose.rawValue)",
            isUncertain: step.wasUncertain ?? false, deadline: progress.deadline)
    }
}

extension SagaRecord: Equatable where State: Equatable {}
