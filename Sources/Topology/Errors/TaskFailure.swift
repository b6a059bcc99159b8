public import StreamCore

/// A failure that ends a task's work: where, why, and what must be done about it.
public struct TaskFailure: Error, Sendable, CustomStringConvertible {
    /// Where it happened.
    public let location: RecordLocation
    /// At which stage.
    public let stage: Stage
    /// What must be done: `restoreTask` or `stopInstance`.
    public let reaction: Reaction
    /// What went wrong, in words.
    public let reason: String

    /// A failure.
    public init(location: RecordLocation, stage: Stage, reaction: Reaction, reason: String) {
        self.location = location
        self.stage = stage
        self.reaction = reaction
        self.reason = reason
    }

    /// For example `decode failed at step 'reviews', task 0_3, reviews-3 offset 17: not a valid json: …`.
    public var description: String { "\(stage.rawValue) failed at \(location): \(reason)" }
}

extension TaskFailure {
    /// Its particulars, as a journal's fields.
    var fields: [(name: String, value: String)] {
        let known: [(String, String?)] = [
            ("stage", stage.rawValue), ("step", location.node), ("topic", location.source?.topic),
            ("partition", location.source.map { "\($0.partition)" }), ("offset", location.offset.map { "\($0)" }),
            ("trace_id", location.trace?.traceID), ("span_id", location.trace?.spanID),
            ("correlation_id", location.correlation),
        ]
        return known.compactMap { name, value in value.map { (name: name, value: $0) } }
    }
}
