import EventLog
import Foundation
import StreamCore
import Synchronization

/// Reads the topics of Python's memories for one task, on a thread of its own: looking for topics and reading them may block.
final class MemoryTopicFollower: Sendable {
    /// What the task is to apply.
    struct Arrival: Sendable {
        enum What: Sendable {
            /// Records, of which topic they are, and the offset after them.
            case records([LogRecord], incarnation: String, next: Int64)
            /// The topic that was read is gone; another one, or none (empty), has its name.
            case gone(incarnation: String)
        }

        let session: String
        let what: What
    }

    fileprivate struct State {
        var isStopped = false
        var positions: [String: MemoryPosition] = [:]
        /// The sessions whose topics exist.
        var present: Set<String> = []
        /// Those that must be opened again before they are read.
        var closed: Set<String> = []
        var arrivals: [Arrival] = []
        var count = 0
    }

    private let state = Mutex(State())
    private let log: any EventLog
    private let prefix: String
    private let interval: Duration
    private let wake: @Sendable () -> Void
    private let isOwn: @Sendable (String) -> Bool
    /// How many records may wait for the task.
    private static let mostWaiting = 5_000

    init(
        _ log: any EventLog, prefix: String, lookEvery interval: Duration, wake: @escaping @Sendable () -> Void,
        isOwn: @escaping @Sendable (String) -> Bool
    ) {
        self.log = log
        self.prefix = prefix
        self.interval = interval
        self.wake = wake
        self.isOwn = isOwn
    }

    // MARK: For the task

    /// Begins where `positions` say, and at the beginning of all other topics.
    func start(from positions: [String: MemoryPosition]) {
        state.withLock { $0.positions = positions }
        let thread = Thread { self.run() }
        thread.name = "autogen-memory"
        thread.start()
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// What has come since the last call.
    func take() -> [Arrival] {
        state.withLock { state in
            state.count = 0
            defer { state.arrivals = [] }
            return state.arrivals
        }
    }

    /// Whether the topic of `session` exists, as far as is known.
    func knows(_ session: String) -> Bool { state.withLock { $0.present.contains(session) } }

    /// Takes note of a topic that the task itself has made or found; `anew` when it took the place of another, whose records are void.
    func adopt(_ session: String, incarnation: String, anew: Bool = false) {
        state.withLock { state in
            state.present.insert(session)
            guard anew || state.positions[session] == nil else { return }
            state.positions[session] = MemoryPosition(incarnation: incarnation, next: 0)
            state.closed.insert(session)
            state.arrivals.removeAll { $0.session == session }
        }
    }

    // MARK: The thread

    private func run() {
        var reader: (any LogReader)?
        var nextLook = ContinuousClock.now
        var opened: Set<String> = []
        while !state.withLock({ $0.isStopped }) {
            do {
                if ContinuousClock.now >= nextLook {
                    try look()
                    nextLook = ContinuousClock.now + interval
                }
                let reading: any LogReader
                if let known = reader { reading = known } else { reading = try log.makeReader(isolation: .committed) }
                reader = reading
                if try !read(reading, &opened) { reading.wait(upTo: min(interval, .milliseconds(100))) }
            } catch {
                // Whatever it is, reading starts over where the task stands.
                reader = nil
                opened = []
                nextLook = ContinuousClock.now
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    /// Finds out which topics there are now, and which are others than before.
    private func look() throws(EventLogError) {
        var present: [String: String] = [:]
        for topic in try log.topics() where topic.name.hasPrefix(prefix) {
            let session = String(topic.name.dropFirst(prefix.count))
            if !session.isEmpty, isOwn(session) { present[session] = topic.incarnation }
        }
        let isNews = state.withLock { state -> Bool in
            let before = state.arrivals.count
            for (session, position) in state.positions
            where present[session] == nil && position != MemoryPosition(incarnation: "", next: 0) {
                state.arrivals.append(Arrival(session: session, what: .gone(incarnation: "")))
                state.positions[session] = MemoryPosition(incarnation: "", next: 0)
                state.closed.insert(session)
            }
            for (session, incarnation) in present {
                guard let known = state.positions[session] else {
                    state.positions[session] = MemoryPosition(incarnation: incarnation, next: 0)
                    continue
                }
                guard known.incarnation != incarnation else { continue }
                if known.next > 0 || !known.incarnation.isEmpty { state.replace(session, by: incarnation) }
                state.positions[session] = MemoryPosition(incarnation: incarnation, next: 0)
            }
            state.present = Set(present.keys)
            return state.arrivals.count > before
        }
        if isNews { wake() }
    }

    /// Reads what there is; returns whether there was anything.
    private func read(_ reader: any LogReader, _ opened: inout Set<String>) throws(EventLogError) -> Bool {
        let (sessions, closed, isFull) = state.withLock { state in
            defer { state.closed = [] }
            return (
                state.positions.filter { state.present.contains($0.key) }, state.closed,
                state.count >= Self.mostWaiting
            )
        }
        for session in closed where opened.remove(session) != nil {
            reader.close(TopicPartition(prefix + session, 0))
        }
        guard !isFull else { return false }
        var isBusy = false
        for (session, position) in sessions.sorted(by: { $0.key < $1.key }) {
            let place = TopicPartition(prefix + session, 0)
            if !opened.contains(session) {
                let offsets = try log.offsets(of: place, isolation: .committed)
                if position.next > offsets.end {
                    // The log does not tell topics of one name apart, but this one is shorter than what was read.
                    replace(session, position.incarnation)
                    return true
                }
                try reader.open(place, at: max(position.next, offsets.start))
                opened.insert(session)
            }
            let batch = try reader.read(place, maxRecords: 500, maxBytes: 4 << 20)
            guard batch.nextOffset > position.next || !batch.records.isEmpty else { continue }
            isBusy = true
            take(batch, session, position)
        }
        if isBusy { wake() }
        return isBusy
    }

    private func replace(_ session: String, _ incarnation: String) {
        state.withLock { $0.replace(session, by: incarnation) }
        wake()
    }

    private func take(_ batch: RecordBatch, _ session: String, _ before: MemoryPosition) {
        state.withLock { state in
            // Another topic has taken its place meanwhile.
            guard state.positions[session] == before, !state.closed.contains(session) else { return }
            state.positions[session]?.next = batch.nextOffset
            state.count += batch.records.count
            state.arrivals.append(
                Arrival(
                    session: session,
                    what: .records(batch.records, incarnation: before.incarnation, next: batch.nextOffset)))
        }
    }
}

extension MemoryTopicFollower.State {
    /// Notes that another topic has the name of the one that was read.
    fileprivate mutating func replace(_ session: String, by incarnation: String) {
        arrivals.append(.init(session: session, what: .gone(incarnation: incarnation)))
        positions[session] = MemoryPosition(incarnation: incarnation, next: 0)
        closed.insert(session)
    }
}
