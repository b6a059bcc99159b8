import EventLog
import Foundation
import Observability
import StateStores
import LogWrappers
import StreamCore
import StreamDSL
import Synchronization
import Testing

@testable import Topology

/// A folder with a log whose flaws a test decides, a clock that it moves, and instances that it steps.
final class RuntimeBench: Sendable {
    static let words = Topic("words", key: .string, value: .int)
    static let counts = Topic("counts", key: .string, value: .int)

    let folder = NSTemporaryDirectory() + "tributary-bench-" + UUID().uuidString
    let clock = ManualWallClock(Timestamp(milliseconds: 1_800_000_000_000))
    let log: FlawedLog
    let told = Mutex<[String]>([])

    init(partitions: Int32 = 1) throws {
        log = FlawedLog(try EmbeddedEventLog(dataDirectory: folder))
        try log.log.createTopic(TopicSpecification("words", partitions: partitions))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Counts the words of each key.
    static func counting() throws -> StreamTopology {
        try StreamTopology("counting") {
            words.stream().grouped().count(store: "per-word").updates().to(counts)
        }
    }

    var journal: EventJournal {
        EventJournal { [weak self] event in
            let line = ([event.message] + event.fields.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
            self?.told.withLock { $0.append(line) }
        }
    }

    /// How many journal lines contain `text`.
    func told(_ text: String) -> Int { told.withLock { lines in lines.count { $0.contains(text) } } }

    var options: RuntimeOptions {
        var options = RuntimeOptions(stateDirectory: folder + "/state", manifestDirectory: folder + "/applications")
        options.clock = clock
        return options
    }

    /// Appends `count` records to one partition of the input, over `keys` different keys.
    func produce(_ count: Int, to partition: Int32 = 0, keys: Int = 10) throws {
        var buffer = RecordBuffer()
        for number in 0..<count {
            buffer.append(
                to: TopicPartition("words", partition), key: try Self.words.key.encode("w\(number % keys)"),
                value: try Self.words.value.encode(number), timestamp: Timestamp(milliseconds: Int64(number)))
        }
        try log.log.append(buffer)
    }

    /// The values of `counts` for each key, in order.
    func results() throws -> [String: [Int]] {
        guard let topic = try log.topic("counts") else { return [:] }
        let reader = try log.log.makeReader(isolation: .committed)
        var values: [String: [Int]] = [:]
        for number in 0..<topic.partitions {
            let partition = TopicPartition("counts", number)
            var position: Int64 = 0
            let end = try log.offsets(of: partition, isolation: .committed).end
            try reader.open(partition, at: 0)
            while position < end {
                let batch = try reader.read(partition, maxRecords: 10_000, maxBytes: 16 << 20)
                for record in batch.records {
                    values[try Self.counts.key.decode(record.key), default: []].append(
                        try Self.counts.value.decode(record.value))
                }
                position = batch.nextOffset
            }
        }
        return values
    }

    /// Forgets all local state.
    func removeState() throws { try FileManager.default.removeItem(atPath: folder + "/state") }
}

/// An instance of one worker that does a round when told.
final class SteppedInstance: AssignmentListener {
    let bench: RuntimeBench
    let shared = WorkerShared()
    let counters = Counters()
    let member: any GroupMember
    let worker: Worker

    init(
        _ bench: RuntimeBench, _ topology: StreamTopology? = nil, formerSources: Set<String>? = nil,
        restorer: RestorerShared? = nil, adjust: (inout RuntimeOptions) -> Void = { _ in }
    ) throws {
        self.bench = bench
        var options = bench.options
        adjust(&options)
        let topology = try topology ?? RuntimeBench.counting()
        var plan = try InternalTopics.plan(topology, bench.log)
        member = try bench.log.join(
            GroupSpecification(
                application: topology.name, tasks: plan.tasks, fingerprint: topology.fingerprint))
        plan = try InternalTopics(plan, bench.log).create()
        let environment = TaskEnvironment(
            incarnation: member.incarnation, instance: member.id, clock: bench.clock,
            stateDirectory: options.stateDirectory, memory: StateMemory(), counters: counters,
            changelogIncarnations: try Dictionary(
                uniqueKeysWithValues: bench.log.topics().map { ($0.name, $0.incarnation) }))
        worker = try Worker(
            shared, plan: plan, log: bench.log, member: member, options: options, environment: environment,
            journal: bench.journal, restorer: restorer, formerSources: formerSources)
    }

    func granted(_ tasks: [TaskID]) { for task in tasks { shared.send(.assign(task)) } }
    func revoked(_ tasks: [TaskID]) { release(tasks, isLost: false) }
    func lost(_ tasks: [TaskID]) { release(tasks, isLost: true) }

    func release(_ tasks: [TaskID], isLost: Bool = false) {
        shared.send(.release(tasks, isLost: isLost, done: {}))
        worker.step()
    }

    /// Polls the membership, then does `count` rounds, `pause` apart.
    func step(_ count: Int = 1, pause: Duration = .milliseconds(150)) throws {
        for _ in 0..<count {
            try member.poll(self)
            worker.step()
            bench.clock.advance(by: pause)
        }
    }

    /// Rounds until `condition` holds; fails after many.
    func step(_ comment: Comment, until condition: () throws -> Bool) throws {
        for _ in 0..<2_000 {
            if try condition() { return }
            try #require(shared.failure == nil, comment)
            try step()
        }
        Issue.record(comment)
    }

    /// Rounds until all input is committed.
    func settle() throws {
        // What the last round reported may be older than what was produced.
        try step(2)
        try step("the instance does not settle") {
            !shared.report.tasks.isEmpty && shared.report.isIdle
                && shared.report.tasks.allSatisfy { $0.phase == .running }
        }
    }

    /// Lets go of all tasks and leaves the group.
    func stop() {
        release(shared.report.tasks.map(\.task))
        member.leave()
    }
}
