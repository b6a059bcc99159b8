import AgentOperators
import EventLog
import Observability
import StateStores
import StreamCore
import StreamDSL

@testable import Topology

/// One task on a log in memory, every move of which the test makes: process, advance, commit, crash.
final class TaskBench {
    let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
    let woken = Signal()
    private let counters = Counters()
    private var plan: ExecutionPlan
    private(set) var task: StreamTask
    private var log: [TopicPartition: [LogRecord]] = [:]
    private var positions: [TopicPartition: CommittedPosition] = [:]
    private var taken: [String: Int] = [:]
    private(set) var commits: Int64 = 0

    static let input = Topic("in", key: .string, value: .int)
    static let output = Topic("out", key: .string, value: .string)

    init(_ topology: StreamTopology, limits: [String: Int] = [:]) throws {
        plan = try ExecutionPlan(topology, external: ["in": 1, "out": 1, "requests": 1])
        task = try Self.make(plan, clock, counters, woken, "one", limits)
        try begin()
    }

    private static func make(
        _ plan: ExecutionPlan, _ clock: ManualWallClock, _ counters: Counters, _ woken: Signal, _ instance: String,
        _ limits: [String: Int]
    ) throws -> StreamTask {
        var environment = TaskEnvironment(
            incarnation: "life", instance: instance, clock: clock, stateDirectory: nil, memory: StateMemory(),
            counters: counters, maxRecordBytes: limits, wake: { woken.raise() })
        environment.partitionCounts = { ["responses": 1][$0] }
        return try StreamTask(TaskID(0, 0), of: plan, in: environment)
    }

    private func begin() throws {
        task.resume(Takeover(epoch: 1, positions: positions, changelogs: [:]))
        for changelog in task.changelogs {
            guard let records = log[changelog.partition], !records.isEmpty else { continue }
            let mark = ChangelogMark(position: Int64(records.count), commitID: commits, incarnation: "")
            try changelog.store.restore(
                RecordBatch(source: changelog.partition, records: records, nextOffset: mark.position), upTo: mark)
            try changelog.store.finishRestore(mark)
        }
        try task.start()
        for input in task.inputs {
            let rest = (log[input.source] ?? []).dropFirst(Int(positions[input.source]?.offset ?? 0))
            for record in rest { add(record, to: input.source) }
        }
    }

    /// The task dies with all that is not committed; `instance` takes it over, with other code when that is given.
    func crash(takeOverBy instance: String = "one", running topology: StreamTopology? = nil) throws {
        try task.close(checkpointing: false)
        if let topology { plan = try ExecutionPlan(topology, external: ["in": 1, "out": 1]) }
        task = try Self.make(plan, clock, counters, woken, instance, [:])
        try begin()
    }

    func feed(_ key: String?, _ value: Int, at timestamp: Int64 = 7, headers: Headers = .none) throws {
        let source = TopicPartition("in", 0)
        let record = LogRecord(
            offset: Int64(log[source]?.count ?? 0), timestamp: Timestamp(milliseconds: timestamp),
            key: key.map { Bytes($0) }, value: try Serde<Int>.int.encode(value), headers: headers)
        log[source, default: []].append(record)
        add(record, to: source)
    }

    /// Writes to an inbox, as anybody may.
    func send(_ topic: String, _ value: Bytes?, headers: Headers) {
        feed(topic, key: nil, value: value, at: clock.now().milliseconds, headers: headers)
    }

    /// Appends a record of bytes to any input.
    func feed(_ topic: String, key: Bytes?, value: Bytes?, at timestamp: Int64 = 7, headers: Headers = .none) {
        let source = TopicPartition(topic, 0)
        let record = LogRecord(
            offset: Int64(log[source]?.count ?? 0), timestamp: Timestamp(milliseconds: timestamp), key: key,
            value: value, headers: headers)
        log[source, default: []].append(record)
        add(record, to: source)
    }

    private func add(_ record: LogRecord, to source: TopicPartition) {
        task.add(RecordBatch(source: source, records: [record], nextOffset: record.offset + 1))
    }

    @discardableResult func process() throws -> Int { try task.process(upTo: 1_000) }

    @discardableResult func advance(by duration: Duration = .zero) throws -> Bool {
        clock.advance(by: duration)
        return try task.advance(now: clock.now())
    }

    func commit() throws {
        let commit = try task.prepareCommit()
        let records = commit.records
        var appended: [TopicPartition: Range<Int64>] = [:]
        for entry in records.entries {
            let place = TopicPartition(records.topics[Int(entry.topic)], entry.partition)
            let offset = Int64(log[place]?.count ?? 0)
            log[place, default: []].append(
                LogRecord(
                    offset: offset, timestamp: entry.timestamp, key: records.key(of: entry).map(\.compact),
                    value: records.value(of: entry).map(\.compact), headers: entry.headers))
            appended[place] = (appended[place]?.lowerBound ?? offset)..<(offset + 1)
        }
        commits += 1
        positions = commit.positions
        try task.committed(CommitReceipt(commitID: commits, appended: appended), commit.positions)
    }

    /// Processes, advances and commits until nothing moves.
    func settle(after duration: Duration = .zero) throws {
        clock.advance(by: duration)
        var isMoving = true
        while isMoving {
            isMoving = try process() > 0
            if try advance() { isMoving = true }
            if task.hasUncommitted {
                isMoving = true
                try commit()
            }
        }
    }

    /// Settles again and again until `isDone`: handlers run on threads that no test's clock moves.
    func settle(until isDone: () throws -> Bool) async throws {
        while true {
            try settle()
            if try isDone() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Takes in what handlers ask, without a commit, until `isDone`.
    func advance(until isDone: () throws -> Bool) async throws {
        while try !isDone() {
            try advance()
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Settles until outcomes are committed, which it returns as `key=outcome`.
    func outcomes(_ count: Int) async throws -> [String] {
        var found: [String] = []
        try await settle {
            found += try outcomes()
            return found.count >= count
        }
        return found
    }

    /// Ends the call of `request` and settles when the answer is there.
    func answer(_ desk: Desk, _ request: Int, _ result: Result<Int, any Error>) async throws {
        let before = woken.count
        desk.answer(request, result)
        await woken.reached(before + 1)
        try settle()
    }

    /// The committed records of `topic` since the last call.
    func take(_ topic: String, partition: Int32 = 0) -> [LogRecord] {
        let all = log[TopicPartition(topic, partition)] ?? []
        defer { taken[topic] = all.count }
        return Array(all.dropFirst(taken[topic] ?? 0))
    }

    /// The committed outcomes since the last call, as `key=outcome`.
    func outcomes() throws -> [String] {
        try take("out").map { "\($0.key?.description ?? "-")=\(try Serde<String>.string.decode($0.value))" }
    }

    /// How many entries the journal of `step` has as committed; `store` may also be `steps`.
    func journalled(_ step: String = "score", store: String = "journal") -> Int {
        var living: Set<Bytes> = []
        for record in log[TopicPartition("app-\(step)-\(store)-changelog", 0)] ?? [] {
            guard let key = record.key else { continue }
            if record.value == nil { living.remove(key) } else { living.insert(key) }
        }
        return living.count
    }

    func count(_ name: String, reason: String = "", step: String = "score") -> Int {
        counters[name, step: step, reason: reason]
            + (task.context.tallies[Counters.Key(name, step: step, reason: reason)] ?? 0)
    }
}

extension KStream where Value == Result<Int, AgentFailure> {
    /// Outcomes as text: the reply, or `code/attempts`.
    func texts() -> KStream<Key, String> {
        mapValues(named: "as-text") { outcome in
            switch outcome {
            case .success(let reply): "\(reply)"
            case .failure(let failure): "\(failure.code.rawValue)/\(failure.attempts)"
            }
        }
    }
}

/// A topology that asks `desk` about every number.
func asking(_ desk: Desk, _ options: AskOptions = AskOptions()) throws -> StreamTopology {
    try StreamTopology("app") {
        TaskBench.input.stream().ask(desk, named: "score", options: options).texts().to(TaskBench.output)
    }
}

extension TaskBench {
    /// A topology that asks `handler` about every input, in a step called `score`.
    static func topology(
        _ options: AskOptions = AskOptions(),
        _ handler: @escaping @Sendable (Int, AskContext) async throws -> Int
    ) throws -> StreamTopology {
        try StreamTopology("app") {
            input.stream().mapAsync(named: "score", options: options, handler).texts().to(output)
        }
    }
}
