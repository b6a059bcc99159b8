import StateStores
public import StreamCore

/// Where dead letters go.
struct DeadLetterDestination {
    let topic: String
    let partitions: Int32
}

/// The names of the headers by which a dead letter tells its story.
///
/// The record's own key, value, timestamp and headers stay as they were, so that it can be sent again.
public enum DeadLetterHeader {
    /// The application that gave the record up.
    public static let application = "tributary.error.application"
    /// The stage at which it failed: a ``Stage``.
    public static let stage = "tributary.error.stage"
    /// The step at which it failed.
    public static let step = "tributary.error.step"
    /// The task, `subtopology_partition`.
    public static let task = "tributary.error.task"
    /// The topic it was read from.
    public static let topic = "tributary.error.topic"
    /// The partition it was read from.
    public static let partition = "tributary.error.partition"
    /// Its offset there.
    public static let offset = "tributary.error.offset"
    /// What went wrong, in words.
    public static let message = "tributary.error.message"
    /// How long the value was, when it was cut to fit the dead-letter topic.
    public static let truncated = "tributary.error.truncated-from"
}

extension TaskContext {
    /// Deals with `error` of `step` as the policy says; returns when the record is done with.
    ///
    /// - Throws: ``TaskFailure`` when the policy says stop, or when the error is one already.
    @inline(never)
    public func fail(_ error: any Error, at step: String, _ stage: Stage) throws {
        let _: Void? = try recover(error, at: step, stage) { throw error }
    }

    /// Deals with `error` of `step` as the policy says, where `again` is what can be tried again.
    ///
    /// - Returns: what a new try returned, or nil when the record is done with.
    /// - Throws: ``TaskFailure`` when the policy says stop, or when the error is one already.
    @inline(never)
    public func recover<Result>(
        _ error: any Error, at step: String, _ stage: Stage, _ again: () throws -> Result
    ) throws -> Result? {
        if error is TaskFailure || error is StateStoreError { throw asFailure(error, at: step, stage) }
        var error = error
        var reaction = errors.reaction(at: stage, step: step)
        while case .retry(let attempts, let then) = reaction {
            for _ in 0..<max(0, attempts) {
                do { return try again() } catch let next { error = next }
            }
            reaction = then
        }
        switch reaction {
        case .skip, .retry: drop(at: step, reason: stage.rawValue)
        case .deadLetter: sendDeadLetter(at: step, stage, message: "\(error)")
        case .stop:
            throw TaskFailure(
                location: location(at: step), stage: stage, reaction: .stopInstance, reason: "\(error)")
        }
        return nil
    }

    /// `error` as what ends the task's work: state that fails is restored, all else stops the instance.
    func asFailure(_ error: any Error, at step: String?, _ stage: Stage) -> TaskFailure {
        if let failure = error as? TaskFailure { return failure }
        let reaction = (error as? StateStoreError)?.reaction ?? .stopInstance
        return TaskFailure(location: location(at: step), stage: stage, reaction: reaction, reason: "\(error)")
    }

    /// Sends the current record to the dead-letter topic, as it came, with the reason.
    ///
    /// Part of the same commit as the record's position: exactly once.
    public func sendDeadLetter(at step: String, _ stage: Stage, message: String) {
        count("dead_letters", step: step, reason: stage.rawValue)
        guard let record = current else { return }
        sendDeadLetter(record, from: source, at: step, stage, message: message)
    }

    /// Sends `record`, read from `source`, to the dead-letter topic with the reason.
    public func sendDeadLetter(
        _ record: LogRecord, from source: TopicPartition, at step: String, _ stage: Stage, message: String
    ) {
        var headers = record.headers
        for (name, value) in [
            (DeadLetterHeader.application, application), (DeadLetterHeader.stage, stage.rawValue),
            (DeadLetterHeader.step, step), (DeadLetterHeader.task, task.description),
            (DeadLetterHeader.topic, source.topic), (DeadLetterHeader.partition, String(source.partition)),
            (DeadLetterHeader.offset, String(record.offset)), (DeadLetterHeader.message, String(message.prefix(2_000))),
        ] { headers.set(name, value) }
        var value = record.value
        let room = max(0, (maxRecordBytes(of: deadLetters.topic) ?? .max) - 8_192 - (record.key?.count ?? 0))
        if let whole = value, whole.count > room {
            headers.set(DeadLetterHeader.truncated, String(whole.count))
            value = whole[0..<room]
        }
        outputs.append(
            to: TopicPartition(deadLetters.topic, source.partition % max(1, deadLetters.partitions)), key: record.key,
            value: value, timestamp: record.timestamp, headers: headers)
    }
}
