import AgentOperators
import EventLog
import Observability
import StateStores
import StreamCore
import StreamDSL

@testable import Topology

/// All tasks of a topology, with one partition of everything, on a log in memory; the test moves time and kills them.
///
/// A crash loses all that is not committed; the next life restores its stores from their changelogs.
final class WorkflowBench {
    let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
    private let counters = Counters()
    private let plan: ExecutionPlan
    private(set) var tasks: [StreamTask] = []
    private(set) var log: [String: [LogRecord]] = [:]
    private var positions: [TaskID: [TopicPartition: CommittedPosition]] = [:]
    private var taken: [String: Int] = [:]
    private var commits: Int64 = 0
    private var lives = 0

    init(_ topology: StreamTopology) throws {
        var external: [String: Int32] = [:]
        for topic in topology.externalSources + topology.sinks { external[topic] = 1 }
        plan = try ExecutionPlan(topology, external: external)
        try begin()
    }

    private func begin() throws {
        lives += 1
        tasks = try plan.tasks.map { id in
            var environment = TaskEnvironment(
                incarnation: "life", instance: "instance-\(lives)", clock: clock, stateDirectory: nil,
                memory: StateMemory(), counters: counters)
            environment.partitionCounts = { _ in 1 }
            let task = try StreamTask(id, of: plan, in: environment)
            task.resume(Takeover(epoch: 1, positions: positions[id] ?? [:], changelogs: [:]))
            for changelog in task.changelogs { try restore(changelog.store, from: changelog.partition) }
            try task.start()
            for input in task.inputs {
                let done = positions[id]?[input.source]?.offset ?? 0
                for record in (log[input.source.topic] ?? []).dropFirst(Int(done)) {
                    task.add(RecordBatch(source: input.source, records: [record], nextOffset: record.offset + 1))
                }
            }
            return task
        }
    }

    private func restore(_ store: any StateStore, from place: TopicPartition) throws {
        guard let records = log[place.topic], !records.isEmpty else { return }
        let mark = ChangelogMark(position: Int64(records.count), commitID: commits, incarnation: "")
        try store.restore(RecordBatch(source: place, records: records, nextOffset: mark.position), upTo: mark)
        try store.finishRestore(mark)
    }

    /// Everything dies with all that is not committed, and begins again.
    ///
    /// The last committed change of `store`, if one is named, is lost all the same, as in a log without transactions.
    func crash(forgetting store: String? = nil) throws {
        for task in tasks { try task.close(checkpointing: false) }
        if let store { _ = log["\(plan.topology.name)-\(store)-changelog"]?.popLast() }
        try begin()
    }

    func feed<Key, Value>(_ topic: Topic<Key, Value>, _ key: Key, _ value: Value, headers: Headers = .none) throws {
        feed(topic.name, key: try topic.key.encode(key), value: try topic.value.encode(value), headers: headers)
    }

    func feed(_ topic: String, key: Bytes?, value: Bytes?, headers: Headers = .none) {
        let record = LogRecord(
            offset: Int64(log[topic]?.count ?? 0), timestamp: clock.now(), key: key, value: value, headers: headers)
        append(record, to: topic)
    }

    private func append(_ record: LogRecord, to topic: String) {
        log[topic, default: []].append(record)
        let source = TopicPartition(topic, 0)
        for task in tasks { task.add(RecordBatch(source: source, records: [record], nextOffset: record.offset + 1)) }
    }

    /// Processes without a commit.
    func process() throws { for task in tasks { _ = try task.process(upTo: 1_000) } }

    /// One round of work: some records, what is due, a commit of each task that has something to say.
    @discardableResult func step(upTo limit: Int = 100_000, committing: Bool = true) throws -> Bool {
        var isMoving = false
        for task in tasks {
            if try task.process(upTo: limit) > 0 { isMoving = true }
            if try task.advance(now: clock.now()) { isMoving = true }
            if committing, task.hasUncommitted {
                isMoving = true
                try commit(task)
            }
        }
        return isMoving
    }

    /// Works until nothing moves.
    func settle(after duration: Duration = .zero) throws {
        clock.advance(by: duration)
        while try step() {}
    }

    /// Works until `isDone`: functions that are asked run on threads that no test's clock moves.
    func settle(until isDone: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            try settle()
            if try isDone() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func commit(_ task: StreamTask) throws {
        let commit = try task.prepareCommit()
        let records = commit.records
        var appended: [TopicPartition: Range<Int64>] = [:]
        for entry in records.entries {
            let topic = records.topics[Int(entry.topic)]
            let offset = Int64(log[topic]?.count ?? 0)
            append(
                LogRecord(
                    offset: offset, timestamp: entry.timestamp, key: records.key(of: entry).map(\.compact),
                    value: records.value(of: entry).map(\.compact), headers: entry.headers), to: topic)
            let place = TopicPartition(topic, 0)
            appended[place] = (appended[place]?.lowerBound ?? offset)..<(offset + 1)
        }
        commits += 1
        positions[task.id] = commit.positions
        try task.committed(CommitReceipt(commitID: commits, appended: appended), commit.positions)
    }

    /// The committed records of `topic` since the last call.
    func take(_ topic: String) -> [LogRecord] {
        let all = log[topic] ?? []
        defer { taken[topic] = all.count }
        return Array(all.dropFirst(taken[topic] ?? 0))
    }

    func take<Key, Value>(_ topic: Topic<Key, Value>) throws -> [Record<Key, Value>] {
        try take(topic.name).map {
            Record(key: try topic.key.decode($0.key), value: try topic.value.decode($0.value), timestamp: $0.timestamp)
        }
    }

    /// The living entries of a store, by what its changelog says.
    func stored<Value>(_ store: String, as serde: Serde<Value>) throws -> [String: Value] {
        var living: [String: Value] = [:]
        for record in log["\(plan.topology.name)-\(store)-changelog"] ?? [] {
            guard let key = record.key?.description else { continue }
            living[key] = try record.value.map { try serde.decode($0) }
        }
        return living
    }

    func deadLetters() -> [LogRecord] { take(plan.topology.deadLetterTopic) }

    func count(_ name: String, step: String, reason: String = "") -> Int {
        counters[name, step: step, reason: reason]
            + tasks.reduce(0) { $0 + ($1.context.tallies[Counters.Key(name, step: step, reason: reason)] ?? 0) }
    }
}
