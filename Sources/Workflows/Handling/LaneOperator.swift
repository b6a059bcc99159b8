import AgentOperators
import StateStores
import StreamCore
import Topology

/// A task's lanes before an agent: keeps what waits in a store, lets as much through as the agent works on at once.
final class LaneOperator: TaskParticipant {
    typealias Store = KeyValueStore<Int64, LaneEntry>

    private let context: TaskContext
    private let step: String
    private let store: Store
    private let options: EnvelopeOptions
    private let forward: Receiver<String, Envelope>
    private var lanes: PriorityLanes
    private var nextSequence: Int64 = 0
    /// What is at work, by line.
    private var released: [String: Int64] = [:]
    /// When what is at work counts as lost: `ask` says every outcome, but for what its journal does not take.
    private var watch = Heap<LaneDue>()

    init(
        _ context: TaskContext, step: String, store: Store, options: EnvelopeOptions,
        forward: @escaping Receiver<String, Envelope>
    ) {
        self.context = context
        self.step = step
        self.store = store
        self.options = options
        self.forward = forward
        lanes = PriorityLanes(options.weights)
    }

    /// Takes a message that is for the agent.
    func take(_ record: Record<String, Envelope>) throws {
        guard let current = context.current else { return }
        let headers = current.headers.entries.map { Headers.Entry(name: $0.name, value: $0.value?.compact) }
        let raw = LogRecord(
            offset: current.offset, timestamp: current.timestamp, key: current.key?.compact,
            value: current.value?.compact, headers: Headers(headers))
        let entry = LaneEntry(record.value, line: record.key, at: record.timestamp, from: context.source, raw)
        try store.put(nextSequence, entry, at: record.timestamp)
        lanes.add(nextSequence, line: record.key, record.value.priority)
        nextSequence += 1
        try release()
    }

    /// The message of `line` that was at work has its outcome; returns it.
    func conclude(_ line: String) throws -> LaneEntry? {
        guard let sequence = released.removeValue(forKey: line), let entry = try store.get(sequence) else { return nil }
        try store.put(sequence, nil, at: entry.timestamp)
        lanes.close(line)
        return entry
    }

    /// Lets through what there is room for.
    func release() throws {
        while released.count < options.handling.inFlight, let sequence = lanes.next() {
            guard var entry = try store.get(sequence) else { continue }
            entry.isReleased = true
            try store.put(sequence, entry, at: entry.timestamp)
            note(sequence, entry.line)
            try context.resume(entry.record, from: entry.source) {
                try forward(Record(key: entry.line, value: entry.envelope, timestamp: entry.timestamp))
            }
        }
    }

    private func note(_ sequence: Int64, _ line: String) {
        released[line] = sequence
        watch.insert(
            LaneDue(
                moment: context.clock.now() + options.handling.timeout + .seconds(30), line: line, sequence: sequence))
    }

    // MARK: The task's life

    func started() throws {
        var waiting: [(Int64, LaneEntry)] = []
        try store.scan { sequence, entry, _ in
            nextSequence = max(nextSequence, sequence + 1)
            waiting.append((sequence, entry))
            return true
        }
        for (sequence, entry) in waiting where entry.isReleased {
            lanes.open(entry.line)
            note(sequence, entry.line)
        }
        for (sequence, entry) in waiting where !entry.isReleased {
            lanes.add(sequence, line: entry.line, entry.envelope.priority)
        }
    }

    func advance(now: Timestamp) throws -> Bool {
        var isBusy = false
        while let due = watch.first, due.moment <= now || released[due.line] != due.sequence {
            _ = watch.removeFirst()
            guard released[due.line] == due.sequence else { continue }
            isBusy = true
            context.count("envelopes_lost", step: step)
            _ = try conclude(due.line)
        }
        if released.count < options.handling.inFlight, lanes.count > 0 { try release() }
        return isBusy
    }

    func committed(now: Timestamp) {}

    var isFull: Bool { lanes.count >= options.capacity }

    var isWaiting: Bool { lanes.count > 0 }

    var nextDue: Timestamp? { watch.first?.moment }

    func leaving() {}

    func ended() {}
}

/// When a message that is at work counts as lost.
private struct LaneDue: Comparable {
    let moment: Timestamp
    let line: String
    let sequence: Int64

    static func < (left: LaneDue, right: LaneDue) -> Bool {
        (left.moment, left.sequence) < (right.moment, right.sequence)
    }
}

/// Where an agent's outcomes find the lanes, which are made after them.
final class LaneLink {
    weak var lanes: LaneOperator?
}
