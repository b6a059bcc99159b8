import A2A
import AgentOperators
import EventLog
import Foundation
import JSON
import Observability
import StreamCore
import StreamDSL
import Synchronization
import TestPrograms
import TestWorlds
import Testing
import Topology

/// Version 0.3 with Python processes on Kafka brokers: both sides, on the types of a2a-sdk 0.3.
@Suite("A2A 0.3: Python on brokers", .serialized, .timeLimit(.minutes(15)))
struct LegacyPeerTests {
    static let isPossible =
        BuiltProgram("MockKafka").exists && PeerTests.old != nil && PythonPeer.has("confluent_kafka")

    private static func environment() throws -> [String: String] { ["PYTHONPATH": try #require(PeerTests.old)] }

    @Test(
        "A2K-05, A2K-07, W40: a client with the original's habits loses no answer and no item of ours",
        .enabled(if: isPossible))
    func client() async throws {
        var card = A2ABench.card
        card.capabilities.pushNotifications = false
        let agent = a2aAgent(named: "echo", card: card, options: A2AOptions(partitions: 2)) { work, context in
            for word in work.message.text.split(separator: " ") { try await context.working("\(word)") }
            return .completed()
        }
        let topology = try StreamTopology("app", terminals: agent.terminals + [agent.legacyTransport()])
        let stores = [
            "state", "replay", "waiters", "pushes", "messages", "journal", "steps", "legacy-open", "legacy-outbox",
        ]
        let topics =
            [
                "a2a-requests:2", "a2a-reply-python:1", "app-echo-requests:2", "app-echo-control:2",
                "app-echo-legacy-replies:2", "echo-a2a-events:2", "echo-a2a-tasks:1", "app-dead-letters:2",
                "app-tasks:4",
            ] + stores.map { "app-echo-\($0)-changelog:2" }
        let text = try await OwnThread.run(named: "brokers") {
            let brokers = try Brokers(topics)
            let folder = try TemporaryFolder()
            let options = RuntimeOptions(stateDirectory: nil, manifestDirectory: folder.path + "/applications")
            let runtime = StreamRuntime(topology, on: try brokers.log(), options: options, journal: .silent)
            let end = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                do { try runtime.run() } catch { Issue.record("the agent stopped: \(error)") }
                end.signal()
            }
            defer {
                runtime.stop()
                end.wait()
            }
            return try PythonPeer("Tests/A2ATests/Peers/pr434_client.py").run(
                [brokers.servers, "a2a-reply-python"], environment: try Self.environment(), in: folder.path)
        }
        let heard = try JSONValue(parsing: text)
        #expect(heard["sent"] == "completed")
        let events = heard["events"]?.elements?.compactMap(\.stringValue)
        #expect(events == ["task"] + Array(repeating: "task_status_update", count: 4))
        #expect(heard["final"] == true)
        #expect(heard["found"] == true)
        #expect(heard["error"]?.stringValue?.contains("none") == true)
        #expect(heard["cancel"] == -32_002)
        #expect(heard["dropped"] == [])
    }

    @Test("A2K-01..12: our client hears everything that a server like the original's says", .enabled(if: isPossible))
    func server() async throws {
        let folder = try TemporaryFolder()
        let (log, brokers) = try await OwnThread.run(named: "brokers") {
            let brokers = try Brokers(["a2a-requests:2", "a2a-reply-swift:1"])
            return (try brokers.log(), brokers)
        }
        let peer = Mutex<RunningProgram?>(nil)
        try peer.withLock { peer in
            peer = try PythonPeer("Tests/A2ATests/Peers/pr434_server.py").start(
                [brokers.servers], environment: try Self.environment(), in: folder.path)
        }
        let client = try A2ALegacyClient(
            on: log, card: A2ALegacy.json(A2ABench.card), replyTopic: "a2a-reply-swift")
        defer { client.close() }
        let reply = try await client.send(A2ASendMessage(A2ABench.message("hello")), timeout: .seconds(240))
        #expect(reply.message?.text == "hello!")
        var texts: [String] = []
        var last: A2ATaskState?
        for try await item in client.stream(A2ASendMessage(A2ABench.message("x")), timeout: .seconds(240)) {
            if case .artifactUpdate(let update) = item, case .text(let text) = update.artifact.parts.first?.content {
                texts.append(text)
            }
            last = item.status?.state ?? last
        }
        #expect(texts == (0..<20).map { "x \($0)" })
        #expect(last == .completed)
        #expect(try await client.task("t7", timeout: .seconds(240)).status.state == .working)
        await #expect(throws: A2AError.self) { try await client.task("none", timeout: .seconds(240)) }
        peer.withLock { $0?.kill() }
        brokers.stop()
    }
}

/// Mock brokers that threads hand each other.
private final class Brokers: Sendable {
    private let process: Mutex<MockBrokersProcess>
    /// Where they listen.
    let servers: String

    init(_ topics: [String]) throws {
        let process = try MockBrokersProcess(topics: topics)
        servers = process.servers
        self.process = Mutex(process)
    }

    func log() throws -> KafkaEventLog { try process.withLock { try $0.log() } }

    func stop() { process.withLock { $0.stop() } }
}
