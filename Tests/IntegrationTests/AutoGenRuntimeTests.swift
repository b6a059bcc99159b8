import AgentOperators
import AutoGenKafka
import EventLog
import Foundation
import Observability
import Schemas
import StreamCore
import StreamDSL
import Synchronization
import TestPrograms
import TestWorlds
import Testing
import Topology

/// A Python program that acts as an AutoGen-Kafka runtime, over Kafka's protocol: it calls our agents, and they call its.
@Suite(
    "an AutoGen runtime in Python",
    .enabled(if: PythonPeer.has("confluent_kafka", "autogen_core"), "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct AutoGenRuntimeTests {
    private struct Text: Codable, Sendable { var text: String }
    private struct Count: Codable, Sendable { var count = 0 }

    private static let topics = [
        "runtime_requests": 3, "runtime_responses": 3, "agent_publishes": 3, "agent_registry": 3,
        "agent_subscriptions": 3,
    ]

    private static func topology() throws -> StreamTopology {
        let wire = AutoGenWire(InMemorySchemaRegistry())
        let team = agents(named: "team", partitions: 2) {
            AgentType("echo", initial: { _ in Count() }) {
                on(Text.self) { message, count, context in
                    count.count += 1
                    if message.text.hasPrefix("publish") {
                        try await context.publish(message, to: TopicID("news", source: context.id.key))
                    }
                    guard message.text.hasPrefix("ask") else { return message }
                    return try await context.send(message, to: AgentID("writer", "w"), returning: Text.self)
                }
            }
        }
        return try StreamTopology("py") {
            team
            AutoGenHost(of: team, on: wire, named: "host", options: AutoGenHostOptions(partitions: 2))
            AutoGenCaller(
                for: team, on: wire, named: "calls", types: ["writer"],
                options: AutoGenCallerOptions(followsRegistry: false, partitions: 2))
        }
    }

    /// All topics that the application needs, since the mock cluster makes none.
    private static func topicsNeeded(_ topology: StreamTopology) throws -> [String] {
        let folder = try TemporaryFolder()
        let log = try EmbeddedEventLog(dataDirectory: folder.path)
        for (name, count) in topics { try log.createTopic(TopicSpecification(name, partitions: Int32(count))) }
        let plan = try InternalTopicPlan(topology, on: log)
        let tasks = try ExecutionPlan(topology, external: topics.mapValues { Int32($0) }).tasks.count
        let inner = plan.entries.filter { topics[$0.specification.name] == nil }
        return topics.map { "\($0):\($1)" } + inner.map { "\($0.specification.name):\($0.specification.partitions)" }
            + ["py-tasks:\(tasks)"]
    }

    @Test("Python's requests are answered, ours by Python, published messages arrive; a doubled request is done once")
    func bothWays() async throws {
        try await OwnThread.run(named: "autogen runtime") {
            let folder = try TemporaryFolder()
            let topology = try Self.topology()
            let brokers = try MockBrokersProcess(topics: try Self.topicsNeeded(topology))
            defer { brokers.stop() }
            let python = try PythonPeer("Tests/AutoGenKafkaTests/Peers/autogen_runtime.py")
                .start([brokers.servers, "8"], in: folder.path)
            defer { python.kill() }
            #expect(python.says("ready", within: 120))
            let lines = JournalLines()
            let runtime = StreamRuntime(
                topology, on: try brokers.log(), options: RuntimeOptions(stateDirectory: nil, workers: 1),
                journal: EventJournal { event in lines.add("\(event.message) \(event.fields)") })
            let ended = DispatchSemaphore(value: 0)
            let thread = Thread {
                do { try runtime.run() } catch { Issue.record("the instance stopped: \(error)") }
                ended.signal()
            }
            thread.start()
            defer {
                runtime.stop()
                ended.wait()
            }
            #expect(python.says("done", within: 150), "\(python.outputText) \(python.errorText) \(lines.all)")
            let expected =
                #"{"published": ["news/s0", "news/s1"], "responses": {"py-0": "hello 0", "py-1": "ASK 1", "py-2": "boom", "#
                + #""py-3": "publish 3", "py-4": "hello 4", "py-5": "ASK 5", "py-6": "boom", "py-7": "publish 7"}}"#
            #expect(python.outputText.contains(expected), "\(python.outputText)")
            #expect(!python.outputText.contains("two answers"))
        }
    }
}

/// What an instance said, for when it does not do what it should.
private final class JournalLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
