package import StreamCore
import Synchronization

/// Brokers in memory, for simulations: what Kafka's do with transactions and groups, by a seed and by virtual time.
///
/// Commit markers reach each partition and the group's positions separately; last stable offset and high watermark
/// differ; positions in transactions are checked when they are received; no member and no generation pass unchecked.
/// Time passes only by ``advance(to:)``. Calls never block; what must wait fails and may be tried again.
package final class SimulatedCluster: Sendable {
    struct State {
        var random: SeededRandom
        var faults = SimulatedFaults()
        var topics: [String: TopicDescription] = [:]
        var partitions: [TopicPartition: SimulatedPartition] = [:]
        var transactions: [String: SimulatedTransactions] = [:]
        var lastTransaction = 0
        /// The transactions that are decided to commit, markers or not.
        var committed: Set<Int> = []
        var groups: [String: SimulatedGroup] = [:]
        var events: [SimulatedEvent] = []
        var lastEvent = 0
        var trace: [String] = []
        var now: Timestamp

        mutating func note(_ text: String) {
            if trace.count >= 2_000 { trace.removeFirst(1_000) }
            trace.append("\(now.milliseconds % 10_000_000) \(text)")
        }

        mutating func schedule(_ kind: SimulatedEvent.Kind, at due: Timestamp) {
            lastEvent += 1
            events.append(SimulatedEvent(due: due, number: lastEvent, kind: kind))
        }
    }

    let state: Mutex<State>
    /// The time of day at the brokers.
    package let clock: ManualWallClock

    /// Brokers without topics, whose luck follows from `seed`.
    package init(seed: UInt64) {
        let start = Timestamp(milliseconds: 1_700_000_000_000)
        clock = ManualWallClock(start)
        state = Mutex(State(random: SeededRandom(seed: seed), now: start))
    }

    /// Sets what goes wrong from now on.
    package func setFaults(_ faults: SimulatedFaults) { state.withLock { $0.faults = faults } }

    /// Adds a line to the trace.
    package func note(_ text: String) { state.withLock { $0.note(text) } }

    /// The last `count` lines of the trace.
    package func trace(last count: Int) -> [String] { state.withLock { Array($0.trace.suffix(count)) } }

    /// A random choice that follows from the seed.
    package func random<Result>(_ choose: (inout SeededRandom) -> Result) -> Result {
        state.withLock { choose(&$0.random) }
    }

    /// When something happens by itself; nil when nothing will.
    package var nextEvent: Timestamp? {
        state.withLock { state in
            var due = state.events.map(\.due)
            due += state.transactions.values.filter { $0.phase == .ongoing }.map { $0.started + $0.timeout }
            due += state.groups.values.compactMap(\.nextDue)
            return due.min()
        }
    }

    /// Moves time to `moment`; whatever is due till then happens.
    package func advance(to moment: Timestamp) {
        clock.set(moment)
        state.withLock { state in
            state.now = moment
            while let event = state.events.filter({ $0.due <= moment }).min(by: {
                ($0.due, $0.number) < ($1.due, $1.number)
            }) {
                state.events.removeAll { $0.number == event.number }
                state.happen(event, moment)
            }
            state.expireTransactions(now: moment)
            state.advanceGroups(now: moment)
        }
    }
}

extension SimulatedCluster.State {
    fileprivate mutating func happen(_ event: SimulatedEvent, _ now: Timestamp) {
        switch event.kind {
        case .marker(let id, let transaction, let place, let commit):
            mark(id, transaction: transaction, place, commit: commit)
        case .end(let id, let epoch, let commit):
            // Whoever sent it does not wait for an answer any more.
            do throws(SimulatedAnswer) {
                try end(id, epoch: epoch, commit: commit, now: now)
            } catch { note("\(id): a late request to end its transaction is refused") }
        }
    }

    mutating func advanceGroups(now: Timestamp) {
        let due = groups.filter { ($0.value.nextDue.map { now >= $0 } ?? false) || $0.value.isComplete }
        for name in due.keys.sorted() {
            let before = groups[name]?.generation
            groups[name]?.advance(now: now, restless: faults.restless, &random)
            guard let group = groups[name], group.generation != before else { continue }
            let members = group.members.map { "\($0.id):\($0.assigned.map(String.init).joined(separator: ","))" }
            note("\(name) generation \(group.generation) \(members.joined(separator: " "))")
        }
    }
}

// MARK: - What a test asks, without faults

extension SimulatedCluster {
    /// Makes a topic.
    package func create(_ topic: String, partitions: Int32) {
        state.withLock { $0.create(TopicSpecification(topic, partitions: partitions)) }
    }

    /// Appends a record outside of transactions.
    package func append(
        _ place: TopicPartition, key: Bytes?, value: Bytes?, at timestamp: Timestamp, headers: Headers = .none
    ) {
        state.withLock {
            $0.partitions[place]?.append(
                key: key, value: value, timestamp: timestamp, headers: headers, transaction: nil)
        }
    }

    /// The records of `topic` whose transactions are decided to commit, by partition, in order.
    package func committed(_ topic: String) -> [TopicPartition: [LogRecord]] {
        state.withLock { state in
            var found: [TopicPartition: [LogRecord]] = [:]
            for number in 0..<(state.topics[topic]?.partitions ?? 0) {
                let place = TopicPartition(topic, number)
                found[place] = state.partitions[place]?.settled { state.committed.contains($0) }
            }
            return found
        }
    }

    /// The positions that `group` has committed and whose markers have arrived.
    package func positions(of group: String) -> [TopicPartition: Int64] {
        state.withLock { $0.groups[group]?.positions.mapValues(\.offset) ?? [:] }
    }

    /// Where `place` ends for readers of committed records, and whether all of it is decided.
    package func end(of place: TopicPartition) -> (stable: Int64, all: Int64) {
        state.withLock { state in
            (state.partitions[place]?.lastStableOffset ?? 0, state.partitions[place]?.highWatermark ?? 0)
        }
    }
}

extension SimulatedCluster.State {
    mutating func create(_ specification: TopicSpecification) {
        topics[specification.name] = TopicDescription(
            name: specification.name, partitions: specification.partitions, cleanup: specification.cleanup,
            retention: specification.retention, maxRecordBytes: specification.maxRecordBytes,
            incarnation: "simulated/\(specification.name)")
        for number in 0..<specification.partitions where partitions[TopicPartition(specification.name, number)] == nil {
            partitions[TopicPartition(specification.name, number)] = SimulatedPartition()
        }
    }
}
