import EventLog
import Foundation
public import Observability
import StateStores
public import StreamCore
public import Topology

/// Runs a topology in the calling thread, without a log, one record at a time, with a clock that the test sets.
///
/// Every record that is piped in is processed to its end, internal topics included, and committed, before the call
/// returns: what Kafka Streams' driver of the same name does, but with any number of partitions.
public final class TopologyTestDriver {
    /// The time of day that the tasks see.
    public let clock: ManualWallClock
    /// What was counted.
    public let counters = Counters()
    private let plan: ExecutionPlan
    private let globals: GlobalTables
    private var tasks: [StreamTask] = []
    private var log = TestLog()
    private let woken = DispatchSemaphore(value: 0)
    private let environment: TaskEnvironment
    private var positions: [TaskID: [TopicPartition: CommittedPosition]] = [:]
    private var crash: PlannedCrash?
    private var isGathering = false

    /// A driver for `topology`.
    ///
    /// - Parameters:
    ///   - topology: what to run.
    ///   - partitions: how many partitions each external topic has; 1 where nothing is said.
    ///   - clock: the time of day; starts at 0.
    ///   - stateDirectory: a folder for stores on disk; nil keeps them in memory.
    ///   - tracer: decides what is traced; nil when nothing is.
    /// - Throws: ``TopologyError`` or ``StateStoreError`` when the topology cannot run.
    public init(
        _ topology: StreamTopology, partitions: [String: Int32] = [:], clock: ManualWallClock = ManualWallClock(),
        stateDirectory: String? = nil, tracer: Tracer? = nil
    ) throws {
        self.clock = clock
        var external: [String: Int32] = [:]
        for topic in topology.externalSources + topology.sinks { external[topic] = partitions[topic] ?? 1 }
        plan = try ExecutionPlan(topology, external: external)
        globals = GlobalTables(of: topology)
        var environment = TaskEnvironment(
            incarnation: "test", instance: "test-driver", clock: clock, stateDirectory: stateDirectory,
            memory: StateMemory(), counters: counters, deadLetterPartitions: plan.taskCounts.max() ?? 1,
            wake: { [woken] in woken.signal() })
        environment.globals = globals
        environment.tracer = tracer
        environment.partitionCounts = { [counts = plan.partitions] in counts[$0] }
        self.environment = environment
        try startTasks(epoch: 1)
    }

    private func startTasks(epoch: Int64) throws {
        for id in plan.tasks {
            let task = try StreamTask(id, of: plan, in: environment)
            task.resume(Takeover(epoch: epoch, positions: positions[id] ?? [:], changelogs: [:]))
            try task.start()
            tasks.append(task)
        }
    }

    /// Pipes a record into `topic`, in the partition of its key.
    ///
    /// - Throws: what the serdes throw, and ``TaskFailure`` when the policy says stop.
    public func pipe<Key, Value>(
        _ topic: Topic<Key, Value>, _ key: Key, _ value: Value, at timestamp: Int64, headers: Headers = .none
    ) throws {
        let bytes = try topic.key.encode(key)
        try pipe(
            topic.name, key: bytes, value: try topic.value.encode(value), at: timestamp, headers: headers)
    }

    /// Pipes a record of bytes into the topic called `topic`.
    ///
    /// - Throws: ``TaskFailure`` when the policy says stop.
    public func pipe(
        _ topic: String, key: Bytes?, value: Bytes?, at timestamp: Int64, headers: Headers = .none
    ) throws {
        let partition = key.map { Murmur2.partition($0, of: plan.partitions[topic] ?? 1) } ?? 0
        try pipe(TopicPartition(topic, partition), key: key, value: value, at: timestamp, headers: headers)
    }

    /// Pipes a record of bytes into a partition, whatever its key.
    ///
    /// - Throws: ``TaskFailure`` when the policy says stop.
    public func pipe(
        _ source: TopicPartition, key: Bytes?, value: Bytes?, at timestamp: Int64, headers: Headers = .none
    ) throws {
        let record = log.append(
            source, key: key, value: value, timestamp: Timestamp(milliseconds: timestamp), headers: headers)
        try globals.apply(record, from: source.topic)
        deliver(record, from: source)
        if !isGathering { try settle() }
    }

    /// Pipes what `body` pipes in one go: processed together, and committed together, as a busy application does.
    ///
    /// - Throws: what `body` throws, and what ``pipe(_:_:_:at:headers:)`` does.
    public func batch(_ body: () throws -> Void) throws {
        try gather(body)
        try settle()
    }

    private func gather(_ body: () throws -> Void) throws {
        isGathering = true
        defer { isGathering = false }
        try body()
    }

    /// Pipes what `body` pipes in one go, and kills the application in the midst of it: after so many records have been
    /// processed, its tasks die with whatever they have not committed, are made anew from what is committed, and go on.
    ///
    /// Calls that were under way are abandoned. With fewer records than that it dies when all is done.
    ///
    /// - Parameters:
    ///   - records: how many records are processed before.
    ///   - body: pipes records into this driver.
    /// - Throws: ``TopologyError`` when the driver has no state directory: memory is gone after a crash; what `body` throws,
    ///   and what ``pipe(_:_:_:at:headers:)`` does.
    public func crash(after records: Int, _ body: () throws -> Void = {}) throws {
        guard environment.stateDirectory != nil else {
            throw TopologyError(
                .invalidSetting, "a driver without 'stateDirectory' has nothing to go on from after a crash")
        }
        try settle()
        for task in tasks { try task.checkpoint() }
        crash = PlannedCrash(left: max(0, records))
        try gather(body)
        try settle()
        if crash != nil {
            try die()
            try settle()
        }
    }

    private func die() throws {
        let read = crash?.read ?? []
        crash = nil
        for task in tasks { try task.close(checkpointing: false) }
        let epoch = (tasks.first?.epoch ?? 0) + 1
        tasks = []
        try startTasks(epoch: epoch)
        for (source, record) in read {
            for task in tasks where record.offset >= positions[task.id]?[source]?.offset ?? 0 {
                task.add(RecordBatch(source: source, records: [record], nextOffset: record.offset + 1))
            }
        }
    }

    /// Moves the time of day on; punctuations and deadlines that are due then run.
    ///
    /// - Throws: ``TaskFailure`` when the policy says stop.
    public func advance(by duration: Duration) throws {
        clock.advance(by: duration)
        try settle()
    }

    /// Waits, in real time, until no step waits for an answer from outside, at most `limit`; returns whether that is so.
    ///
    /// - Throws: ``TaskFailure`` when the policy says stop.
    public func awaitAnswers(upTo limit: Duration = .seconds(10)) throws -> Bool {
        let end = ContinuousClock.now + limit
        try settle()
        while tasks.contains(where: \.isWaiting), ContinuousClock.now < end {
            _ = woken.wait(timeout: .now() + .milliseconds(20))
            try settle()
        }
        return !tasks.contains(where: \.isWaiting)
    }

    /// Takes what was written to `topic` since the last call, by partition and in order.
    ///
    /// - Throws: what the serdes throw.
    public func take<Key, Value>(_ topic: Topic<Key, Value>) throws -> [Record<Key, Value>] {
        try takeRaw(topic.name).map { record in
            Record(
                key: try topic.key.decode(record.key), value: try topic.value.decode(record.value),
                timestamp: record.timestamp)
        }
    }

    /// Takes what was written to the topic called `topic` since the last call, as bytes.
    public func takeRaw(_ topic: String) -> [LogRecord] { log.take(topic) }

    /// Takes the dead letters since the last call; ``DeadLetterHeader`` names their headers.
    public func takeDeadLetters() -> [LogRecord] { log.take(plan.topology.deadLetterTopic) }

    /// Takes the changelog entries of `store` since the last call.
    public func takeChanges(of store: String) -> [LogRecord] {
        log.take("\(plan.topology.name)-\(store)-changelog")
    }

    /// Closes all tasks and their stores.
    ///
    /// - Throws: ``StateStoreError`` when a store on disk cannot be written.
    public func close() throws { for task in tasks { try task.close(checkpointing: true) } }

    // MARK: Work

    private func deliver(_ record: LogRecord, from source: TopicPartition) {
        let batch = RecordBatch(source: source, records: [record], nextOffset: record.offset + 1)
        crash?.read.append((source, record))
        for task in tasks { task.add(batch) }
    }

    /// Processes and commits until nothing moves any more.
    private func settle() throws {
        var isMoving = true
        while isMoving {
            isMoving = false
            for task in tasks {
                let done = try task.process(upTo: crash.map { min($0.left, 1_000) } ?? 1_000)
                if done > 0 { isMoving = true }
                if try task.advance(now: clock.now()) { isMoving = true }
                if crash?.isDue(after: done) == true {
                    isMoving = true
                    try die()
                    break
                }
                if task.hasUncommitted {
                    isMoving = true
                    try commit(task)
                    if crash != nil { try task.checkpoint() }
                }
            }
        }
    }

    private func commit(_ task: StreamTask) throws {
        let commit = try task.prepareCommit()
        let records = commit.records
        var appended: [TopicPartition: Range<Int64>] = [:]
        for entry in records.entries {
            let destination = TopicPartition(records.topics[Int(entry.topic)], entry.partition)
            let record = log.append(
                destination, key: records.key(of: entry).map(\.compact), value: records.value(of: entry).map(\.compact),
                timestamp: entry.timestamp, headers: entry.headers)
            let first = appended[destination]?.lowerBound ?? record.offset
            appended[destination] = first..<(record.offset + 1)
            try globals.apply(record, from: destination.topic)
            deliver(record, from: destination)
        }
        try task.committed(CommitReceipt(commitID: log.nextCommit(), appended: appended), commit.positions)
        positions[task.id] = commit.positions
    }
}

/// A crash that is to come.
private struct PlannedCrash {
    /// How many records are processed before.
    var left: Int
    /// What was read since all was committed: what is not is read again.
    var read: [(TopicPartition, LogRecord)] = []

    /// Whether it comes now that `done` more were processed.
    mutating func isDue(after done: Int) -> Bool {
        guard done > 0 else { return false }
        left -= done
        return left <= 0
    }
}

/// A log in memory: just enough for one thread.
struct TestLog {
    private var partitions: [TopicPartition: (next: Int64, fresh: [LogRecord])] = [:]
    private var commits: Int64 = 0

    mutating func append(
        _ destination: TopicPartition, key: Bytes?, value: Bytes?, timestamp: Timestamp, headers: Headers
    ) -> LogRecord {
        var partition = partitions[destination] ?? (0, [])
        let record = LogRecord(
            offset: partition.next, timestamp: timestamp, key: key, value: value, headers: headers)
        partition.next += 1
        partition.fresh.append(record)
        partitions[destination] = partition
        return record
    }

    mutating func take(_ topic: String) -> [LogRecord] {
        var taken: [LogRecord] = []
        for partition in partitions.keys.filter({ $0.topic == topic }).sorted() {
            taken += partitions[partition]?.fresh ?? []
            partitions[partition]?.fresh = []
        }
        return taken
    }

    mutating func nextCommit() -> Int64 {
        commits += 1
        return commits
    }
}
