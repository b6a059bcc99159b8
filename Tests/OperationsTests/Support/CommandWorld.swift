import AgentOperators
import Console
import EventLog
import Foundation
import Observability
import Operations
import StreamCore
import Synchronization
import TestPrograms
import Testing
import Topology

/// A data folder of its own, applications that run on it in this process, and the tool's commands on it.
final class CommandWorld: Sendable {
    /// What a command left.
    struct Outcome: Sendable {
        let code: Int32
        let output: String
        let errors: String

        /// Standard output as lines of JSON.
        var lines: [JSONValue] {
            get throws { try output.split(separator: "\n").map { try JSONValue(parsing: String($0)) } }
        }

        /// Standard output as one JSON document.
        var document: JSONValue { get throws { try JSONValue(parsing: output) } }
    }

    let folder: TemporaryFolder
    let log: EmbeddedEventLog
    private let running = Mutex<[(runtime: StreamRuntime, end: DispatchSemaphore)]>([])

    init() throws {
        folder = try TemporaryFolder()
        log = try EmbeddedEventLog(dataDirectory: folder.path)
    }

    /// The tool's commands that are tested here.
    static let tree = CommandTree(
        name: "tributary", summary: "the tool",
        commands: [DeadLetterCommands.command, HealthCommand.command, MetricsCommand.command]
            + AgentOperatorCommands.all, translate: ErrorTranslation.translate)

    /// Runs a command on the folder; its words are separated by single spaces.
    func run(_ line: String, _ more: String..., isElsewhere: Bool = false) async -> Outcome {
        let words = line.split(separator: " ").map(String.init) + more
        let (output, errors) = (TextSink.memory(), TextSink.memory())
        let code = await Self.tree.run(
            words + (isElsewhere ? [] : ["--data-dir", folder.path]), environment: ["USER": "tester"], output: output,
            errors: errors)
        return Outcome(code: code.rawValue, output: output.text, errors: errors.text)
    }

    func options(memory: Bool = false) -> RuntimeOptions {
        RuntimeOptions(
            stateDirectory: memory ? nil : "\(folder.path)/state", manifestDirectory: "\(folder.path)/applications")
    }

    /// Starts an application on a thread of its own.
    @discardableResult
    func start(_ topology: StreamTopology) -> StreamRuntime {
        let runtime = StreamRuntime(topology, on: log, options: options(), journal: .silent)
        let end = DispatchSemaphore(value: 0)
        running.withLock { $0.append((runtime, end)) }
        let thread = Thread {
            do { try runtime.run() } catch { Issue.record("the instance stopped: \(error)") }
            end.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        return runtime
    }

    /// Stops all applications and waits for their ends.
    func stop() async throws {
        let all = running.withLock { running in
            defer { running = [] }
            return running
        }
        for instance in all { instance.runtime.stop() }
        try await OwnThread.run(named: "stop") { for instance in all { instance.end.wait() } }
    }

    /// Runs an application until it has worked off what is there.
    func work(_ topology: StreamTopology) async throws {
        var options = options()
        options.untilIdle = true
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        try await OwnThread.run(named: "work") { try runtime.run() }
    }

    /// Makes a topic and appends records to its first partition.
    func append(
        _ topic: String, _ records: [(key: Bytes?, value: Bytes?)], headers: Headers = .none, partitions: Int32 = 1
    ) throws {
        if try log.topic(topic) == nil { try log.createTopic(TopicSpecification(topic, partitions: partitions)) }
        var buffer = RecordBuffer()
        for (index, record) in records.enumerated() {
            buffer.append(
                to: TopicPartition(topic, 0), key: record.key, value: record.value,
                timestamp: Timestamp(milliseconds: 1_700_000_000_000 + Int64(index)), headers: headers)
        }
        try log.append(buffer)
    }

    /// All committed records of `topic`.
    func records(_ topic: String) throws -> [LogRecord] {
        guard let known = try log.topic(topic) else { return [] }
        var records: [LogRecord] = []
        try LogScan(known, log).forEach { record, _ in
            records.append(record)
            return true
        }
        return records
    }

    /// Runs a command again and again until `condition` holds; the last outcome after some minutes.
    func until(_ line: String, _ condition: @Sendable (Outcome) throws -> Bool) async throws -> Outcome {
        let limit = ContinuousClock.now + .seconds(240)
        while true {
            let outcome = await run(line)
            if try condition(outcome) || ContinuousClock.now > limit { return outcome }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// Runs `body` in a world that is stopped afterwards, whatever happens.
func withWorld(_ body: (CommandWorld) async throws -> Void) async throws {
    let world = try CommandWorld()
    let result: Result<Void, any Error>
    do { result = .success(try await body(world)) } catch { result = .failure(error) }
    try await world.stop()
    try result.get()
}
