import EventLog
import Synchronization

/// How many partitions topics have that the plan does not know, asked of the log now and then.
final class TopicSizes: Sendable {
    private struct Answer {
        let count: Int32?
        let until: ContinuousClock.Instant
    }

    private let log: any EventLog
    private let answers = Mutex<[String: Answer]>([:])

    init(_ log: any EventLog) { self.log = log }

    /// The number of partitions, nil when there is no such topic; what is known may be 30 s old, that there is none 1 s.
    func partitions(of topic: String) -> Int32? {
        let now = ContinuousClock.now
        let known = answers.withLock { $0[topic] }
        if let known, now < known.until { return known.count }
        // A log that cannot be asked just now: what was true will do, the commit finds out.
        guard let found = try? log.topic(topic) else {
            note(topic, nil, now + .seconds(1))
            return known?.count
        }
        note(topic, found.partitions, now + .seconds(30))
        return found.partitions
    }

    private func note(_ topic: String, _ count: Int32?, _ until: ContinuousClock.Instant) {
        answers.withLock { answers in
            // Names come from others: they must not fill memory.
            if answers.count >= 4_096 { answers.removeAll() }
            answers[topic] = Answer(count: count, until: until)
        }
    }
}
