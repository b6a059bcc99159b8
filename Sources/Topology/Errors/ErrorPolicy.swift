import StreamCore

/// The stages at which a record can fail.
public enum Stage: String, Sendable, Hashable, CaseIterable, Codable {
    /// Bytes that the topic's serdes refuse.
    case decode
    /// A record without a usable timestamp.
    case timestamp
    /// User code that throws.
    case process
    /// A record that arrived after its windows closed.
    case late
    /// User code of a punctuator that throws.
    case punctuate
    /// A value that the sink's serdes refuse.
    case encode
    /// A record that the log refuses.
    case produce
    /// A request that an agent did not answer as wanted.
    case ask
}

/// What to do about a failed record.
public indirect enum FailureReaction: Sendable, Hashable {
    /// Drop it and count it.
    case skip
    /// Send its raw bytes to the dead-letter topic with the reason, and go on.
    case deadLetter
    /// Try again up to `attempts` times at once, then do what follows.
    case retry(attempts: Int, then: FailureReaction)
    /// Stop the instance; the record stays unread.
    case stop
}

/// One policy for failures at every stage, with exceptions by stage and by step.
///
/// The default sends what fails to the dead-letter topic: nothing is lost, nothing stops. Late records are dropped and
/// counted, as in Kafka Streams.
public struct ErrorPolicy: Sendable {
    /// What happens where nothing else is said.
    public var standard: FailureReaction
    /// Exceptions by stage.
    public var stages: [Stage: FailureReaction]
    /// Exceptions by step name; they go before those by stage.
    public var steps: [String: FailureReaction]
    /// The dead-letter topic; nil means `<application>-dead-letters`.
    public var deadLetterTopic: String?

    /// A policy.
    public init(
        standard: FailureReaction = .deadLetter, stages: [Stage: FailureReaction] = [.late: .skip],
        steps: [String: FailureReaction] = [:], deadLetterTopic: String? = nil
    ) {
        self.standard = standard
        self.stages = stages
        self.steps = steps
        self.deadLetterTopic = deadLetterTopic
    }

    /// Stops at the first failure, as Kafka Streams does by default; late records are dropped.
    public static let failFast = ErrorPolicy(standard: .stop)

    /// What to do when `step` fails at `stage`.
    public func reaction(at stage: Stage, step: String) -> FailureReaction {
        steps[step] ?? stages[stage] ?? standard
    }
}
