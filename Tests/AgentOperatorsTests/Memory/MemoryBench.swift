import AgentOperators
import Foundation
import MemoryIndex
import Observability
import StreamCore
import StreamTesting

/// A memory in the test driver, whose store a test uses from within the task.
final class MemoryBench {
    static let input = Topic("in", key: .string, value: .int)
    static let audit = Topic("audit", key: .string, value: MemoryChange.serde)
    static let commands = Topic("notes", key: .string, value: MemoryCommand.serde)

    let driver: TopologyTestDriver
    private let jobs = Jobs()
    private var time: Int64 = 0

    init(
        limits: MemoryLimits = MemoryLimits(), embedding: (any EmbeddingSource)? = nil, indexBytes: Int = 128 << 20,
        asking: AskOptions = AskOptions(delivery: .eager), partitions: Int32 = 1, stateDirectory: String? = nil,
        clock: ManualWallClock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
    ) throws {
        let memory = Memory("notes", limits: limits, embedding: embedding, asking: asking, indexBytes: indexBytes)
        let jobs = jobs
        let topology = try StreamTopology("app") {
            Self.input.stream().using(memory, named: "job") { record, store, forward in
                try jobs.run(record.value, store)
                try forward(record)
            }.to(Topic("out", key: .string, value: .int))
            memory.changes().to(Self.audit)
        }
        driver = try TopologyTestDriver(
            topology, partitions: ["in": partitions, "notes": partitions, "audit": partitions], clock: clock,
            stateDirectory: stateDirectory)
    }

    /// Runs `body` in the task that owns `session`.
    @discardableResult
    func use<Value>(_ session: String = "s", _ body: @escaping (MemoryStore) throws -> Value) throws -> Value {
        var result: Result<Value, any Error>?
        let number = jobs.add { store in result = Result { try body(store) } }
        time += 1
        try driver.pipe(Self.input, session, number, at: time)
        guard let result else { throw MemoryError(.refused, "the job was not run") }
        return try result.get()
    }

    /// Sends a command.
    func command(_ command: MemoryCommand, to session: String = "s", at timestamp: Int64 = 1_000_000) throws {
        try driver.pipe(Self.commands, session, command, at: timestamp)
    }

    /// The texts of what `query` finds, best first.
    func texts(_ query: MemoryQuery, in session: String = "s") throws -> [String] {
        try use(session) { store in try store.query(query, in: session).map(\.item.content.summary) }
    }

    /// All texts in their order.
    func all(_ session: String = "s") throws -> [String] { try texts(.recent(100_000), in: session).reversed() }

    /// The changes since the last call, as `kind id`.
    func changes() throws -> [String] {
        try driver.take(Self.audit).map { "\($0.value.kind.rawValue) \($0.value.item?.id ?? "-")" }
    }

    /// What was counted under `name`, with any step and reason.
    func count(_ name: String, reason: String = "") -> Int { driver.counters[name, step: "notes", reason: reason] }
}

/// Work for the task's thread, by number; the driver runs it in the test's own thread.
private final class Jobs: @unchecked Sendable {
    private var jobs: [(MemoryStore) -> Void] = []

    func add(_ job: @escaping (MemoryStore) -> Void) -> Int {
        jobs.append(job)
        return jobs.count - 1
    }

    func run(_ number: Int, _ store: MemoryStore) throws { jobs[number](store) }
}

/// A folder that is removed with this object.
final class MemoryFolder: Sendable {
    let path = NSTemporaryDirectory() + "tributary-memory-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
