import EventLog
public import StreamCore

/// A record that the log did not take, for its writer to deal with.
public struct RefusedOutput: Sendable {
    /// Where it was to go.
    public let destination: TopicPartition
    /// The record; its offset means nothing.
    public let record: LogRecord
    /// Why the log did not take it, in words.
    public let reason: String
    /// Whether a smaller record would have been taken.
    public let isTooLarge: Bool

    /// A record that was refused.
    public init(destination: TopicPartition, record: LogRecord, reason: String, isTooLarge: Bool = false) {
        self.destination = destination
        self.record = record
        self.reason = reason
        self.isTooLarge = isTooLarge
    }
}

extension TaskContext {
    /// Adds a record to ``outputs`` that the log may refuse: for destinations that others name.
    ///
    /// Any other record for a topic that does not exist stops the instance. With this one the commit is made again without
    /// it, and `handle` is called before, on the task's thread: what it forwards, stores and sends is part of that commit.
    ///
    /// - Parameters:
    ///   - topic: the topic's index in ``outputs``.
    ///   - partition: the partition.
    ///   - record: what is written; its offset means nothing.
    ///   - handle: deals with the record when the log refuses it.
    public func appendRefusable(
        topic: Int32, partition: Int32, _ record: LogRecord, _ handle: @escaping (RefusedOutput) throws -> Void
    ) {
        refusable[outputs.count] = handle
        outputs.append(topic: topic, timestamp: record.timestamp, headers: record.headers) { arena in
            if let key = record.key { arena.append(key) }
            if let value = record.value { arena.append(value) }
            return (partition, record.key?.count, record.value?.count)
        }
    }

    /// Notes that the outputs at `indices`, which ascend, are gone: those behind them move up.
    fileprivate func forgetRefusable(at indices: [Int]) {
        let rest = refusable.filter { !indices.contains($0.key) }
        refusable = [:]
        for (index, handle) in rest { refusable[index - indices.count { $0 < index }] = handle }
    }

    /// How many partitions `topic` has now; nil when there is no such topic.
    ///
    /// Asks the log, now and then: for topics that the plan does not know.
    public func partitions(of topic: String) -> Int32? { partitionCounts(topic) }
}

extension StreamTask {
    /// The commit that the log refused with `error`, without the records that it does not take; nil when there are none
    /// that may be left out.
    ///
    /// - Throws: ``TaskFailure`` when their writers cannot go on, ``EventLogError`` when the log cannot be asked.
    func commitWithoutRefused(_ error: EventLogError, on log: any EventLog) throws -> TaskCommit? {
        guard !context.refusable.isEmpty else { return nil }
        var topics: [String: TopicDescription?] = [:]
        var reasons: [(index: Int, reason: String, isTooLarge: Bool)] = []
        let entries = context.outputs.entries
        for index in context.refusable.keys.sorted() where entries.indices.contains(index) {
            let entry = entries[index]
            let name = context.outputs.topics[Int(entry.topic)]
            let found: TopicDescription?
            if let known = topics[name] {
                found = known
            } else {
                found = try log.topic(name)
                topics[name] = .some(found)
            }
            let place = TopicPartition(name, entry.partition)
            if let reason = Self.missing(place, in: found) {
                reasons.append((index, reason, false))
            } else if let found, let limit = log.recordLimit(of: found), Self.size(of: entry) > limit {
                let reason = "the record has \(Self.size(of: entry)) bytes, topic '\(name)' takes \(limit)"
                reasons.append((index, reason, true))
            } else if error.partition == place {
                reasons.append((index, error.message, error.code == .recordTooLarge))
            }
        }
        guard !reasons.isEmpty else { return nil }
        unprepareCommit()
        let removed = context.outputs.remove(at: reasons.map(\.index))
        let handlers = reasons.map { context.refusable[$0.index] }
        context.forgetRefusable(at: reasons.map(\.index))
        for (number, (_, reason, isTooLarge)) in reasons.enumerated() {
            let (destination, record) = removed[number]
            let refused = RefusedOutput(
                destination: destination, record: record, reason: reason, isTooLarge: isTooLarge)
            do { try handlers[number]?(refused) } catch {
                throw context.asFailure(error, at: nil, .produce)
            }
        }
        return try prepareCommit()
    }

    private static func missing(_ place: TopicPartition, in topic: TopicDescription?) -> String? {
        guard let topic else { return "topic '\(place.topic)' does not exist" }
        guard (0..<topic.partitions).contains(place.partition) else {
            return "topic '\(place.topic)' has no partition \(place.partition)"
        }
        return nil
    }

    private static func size(of entry: RecordBuffer.Entry) -> Int {
        entry.byteCount + (entry.headers.isEmpty ? 0 : entry.headers.byteCount)
    }
}
