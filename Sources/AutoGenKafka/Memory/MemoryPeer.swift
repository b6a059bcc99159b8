import AgentOperators
import EventLog
import StateStores
import StreamCore
import Topology

/// A task's part of the way between a memory and Python's: applies what its follower reads, writes what the memory adds.
///
/// Belongs to the task's thread.
final class MemoryPeer: TaskParticipant {
    private let context: TaskContext
    private let store: MemoryStore
    private let positions: KeyValueStore<String, MemoryPosition>
    private let log: any EventLog
    private let prefix: String
    private let serde: @Sendable (String) -> Serde<MemoryEvent>
    private let sender: String
    private let step: String
    private let follower: MemoryTopicFollower
    private let writer: MessageWriter
    /// While what Python did is applied: it is no news for Python.
    private var isApplying = false
    private var cleared: Set<String> = []

    init(
        _ context: TaskContext, _ memory: String, _ store: MemoryStore,
        _ positions: KeyValueStore<String, MemoryPosition>, _ wire: AutoGenWire, _ log: any EventLog,
        _ options: AutoGenMemoryOptions, step: String, partitions: Int32
    ) {
        self.context = context
        self.store = store
        self.positions = positions
        self.log = log
        self.step = step
        prefix = "\(options.topic)_"
        sender = "\(context.application)/\(memory)"
        serde = { [schemas = wire.schemas] in .autoGen($0, schemas) }
        let own = context.task.partition
        follower = MemoryTopicFollower(
            log, prefix: prefix, lookEvery: options.lookEvery, wake: context.wake
        ) { Murmur2.partition(Bytes($0), of: partitions) == own }
        writer = MessageWriter(context, step: step)
    }

    // MARK: From Python

    func started() throws {
        var known: [String: MemoryPosition] = [:]
        try positions.scan { session, position, _ in
            known[session] = position
            return true
        }
        follower.start(from: known)
    }

    func advance(now: Timestamp) throws -> Bool {
        let arrivals = follower.take()
        isApplying = true
        defer { isApplying = false }
        for arrival in arrivals { try apply(arrival, now) }
        return !arrivals.isEmpty
    }

    private func apply(_ arrival: MemoryTopicFollower.Arrival, _ now: Timestamp) throws {
        let session = arrival.session
        switch arrival.what {
        case .gone(let incarnation):
            try store.clear(session)
            context.count("memory_topics_gone", step: step)
            try positions.put(session, MemoryPosition(incarnation: incarnation, next: 0), at: now)
        case .records(let records, let incarnation, let next):
            let topic = prefix + session
            for record in records {
                try context.resume(record, from: TopicPartition(topic, 0)) {
                    do { try add(record, topic, incarnation, session) } catch {
                        try context.fail(error, at: step, error is MemoryError ? .process : .decode)
                    }
                }
            }
            try positions.put(session, MemoryPosition(incarnation: incarnation, next: next), at: now)
        }
    }

    private func add(_ record: LogRecord, _ topic: String, _ incarnation: String, _ session: String) throws {
        let event = try MemoryEvent(framed: record.value)
        guard event.sender != sender else { return }
        let draft = try event.draft(id: "\(topic)-\(incarnation)@\(record.offset)")
        try store.add(draft, to: session, at: record.timestamp)
    }

    // MARK: To Python

    /// Writes what the memory added, and notes what it cleared.
    func tell(_ change: MemoryChange, of session: String) throws {
        guard !isApplying else { return }
        switch change.kind {
        case .added, .replaced:
            guard let item = change.item else { return }
            do { try write(item, session) } catch { try context.fail(error, at: step, .encode) }
        case .cleared: cleared.insert(session)
        case .deleted, .expired, .dropped: break
        }
    }

    private func write(_ item: MemoryItem, _ session: String) throws {
        let topic = prefix + session
        try makeTopic(of: session)
        let value = try serde(topic).encode(MemoryEvent(item, sender: sender))
        try writer.send(
            MessageRecord(key: Bytes(session), value: value), to: MessageAddress(topic: topic, partition: 0),
            at: context.clock.now())
    }

    /// Makes the topic of a session when it was not seen yet: once for each session.
    private func makeTopic(of session: String) throws {
        guard !follower.knows(session) else { return }
        let topic = prefix + session
        let description: TopicDescription
        if let known = try log.topic(topic) {
            description = known
        } else {
            description = try log.createTopic(TopicSpecification(topic, partitions: 1))
        }
        follower.adopt(session, incarnation: description.incarnation)
    }

    func committed(now: Timestamp) throws {
        for session in cleared {
            cleared.remove(session)
            do {
                let topic = prefix + session
                if try log.topic(topic) != nil { try log.deleteTopic(topic) }
                let made = try log.createTopic(TopicSpecification(topic, partitions: 1))
                follower.adopt(session, incarnation: made.incarnation, anew: true)
                try positions.put(session, MemoryPosition(incarnation: made.incarnation, next: 0), at: now)
            } catch let error as EventLogError {
                context.count("memory_clears_untold", step: step, reason: "\(error.code)")
            }
        }
    }

    var isFull: Bool { false }
    var isWaiting: Bool { false }
    var nextDue: Timestamp? { nil }
    func leaving() { follower.stop() }
    func ended() { follower.stop() }
}
