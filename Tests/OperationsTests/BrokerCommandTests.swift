import AgentOperators
import EventLog
import Foundation
import JSON
import Observability
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

/// The same verbs on brokers, from a machine that has no manifest and no state of the application.
@Suite("Commands on brokers", .timeLimit(.minutes(15)))
struct BrokerCommandTests {
    private static let mock = BuiltProgram("MockKafka")
    private static let orders = Topic("orders", key: .string, value: .int)
    struct Add: Codable, Sendable { let amount: Int }
    struct Sum: Codable, Sendable { let total: Int }

    private static func shop() throws -> StreamTopology {
        try StreamTopology("shop") {
            agents(named: "team", partitions: 2) {
                AgentType("counter", initial: { _ in Sum(total: 0) }) {
                    on(Add.self) { message, sum, _ in
                        sum = Sum(total: sum.total + message.amount)
                        return sum
                    }
                }
            }
            orders.stream().filter { $0.value > 0 }.to(Topic("kept", key: .string, value: .int))
        }
    }

    private static let topics =
        ["orders:2", "kept:2", "shop-team-inbox:2", "shop-team-control:2", "team-registry:1", "shop-dead-letters:2"]
        + ["shop-dead-letters-handled:1", "shop-tasks:8", "shop-approvals:1", "tributary-clients:8"]
        + ["journal", "steps", "state", "answered"].map { "shop-team-\($0)-changelog:2" }

    @Test(.enabled(if: mock.exists, "the program 'MockKafka' is not built"))
    func `agents, requests and dead letters are found without a manifest`() async throws {
        let folder = try TemporaryFolder()
        let brokers = try Brokers(Self.mock, Self.topics, folder.path)
        defer { brokers.end() }
        let servers = try await brokers.servers()
        let log = try KafkaEventLog(KafkaConfiguration(bootstrapServers: servers))
        let options = RuntimeOptions(
            stateDirectory: folder.path + "/state", manifestDirectory: folder.path + "/applications")
        let runtime = StreamRuntime(try Self.shop(), on: log, options: options, journal: .silent)
        async let running: Void = OwnThread.run(named: "shop") { try runtime.run() }
        do { try await look(servers, log, folder.path + "/elsewhere") } catch { Issue.record("\(error)") }
        runtime.stop()
        try await running
    }

    private func look(_ servers: String, _ log: KafkaEventLog, _ folder: String) async throws {
        let place = "-b \(servers) -d \(folder)"
        let world = try CommandWorld()
        func until(_ line: String, _ condition: (CommandWorld.Outcome) throws -> Bool) async throws {
            let limit = ContinuousClock.now + .seconds(240)
            while true {
                let outcome = await world.run("\(line) \(place)", isElsewhere: true)
                if try condition(outcome) { return }
                guard ContinuousClock.now < limit else {
                    Issue.record("\(line): \(outcome)")
                    return
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        try await until("agents list -J") { try $0.lines.first?["state"] == "hosted" }
        let asked = await world.run("agents ask counter/anna \(place)", #"{"amount":4}"#, isElsewhere: true)
        #expect(asked.output == "{\"total\":4}\n", "\(asked.errors)")
        let state = await world.run("agents describe counter/anna -o json \(place)", isElsewhere: true)
        #expect(try state.document["state"]?.text == #"{"total":4}"#)
        try await until("requests list --all -J") { try $0.lines.contains { $0["status"] == "answered" } }

        var buffer = RecordBuffer()
        buffer.append(
            to: TopicPartition("orders", 1), key: Bytes("k"), value: Bytes("no int"),
            timestamp: Timestamp(milliseconds: 1_700_000_000_000))
        try log.append(buffer)
        try await until("dlq list -J") { try $0.lines.count == 1 }
        let sent = await world.run("dlq retry --all --execute -J \(place)", isElsewhere: true)
        #expect(sent.code == 0, "\(sent.errors)")
        #expect(try sent.lines.first?["destination"] == "orders-1@1")
        try await until("dlq list --all -J") { try $0.lines.map { $0["status"] } == ["retried", "open"] }
    }

    /// Mock brokers in a process of their own.
    private final class Brokers {
        private let process = Process()
        private let input = Pipe()
        private let output: String

        init(_ program: BuiltProgram, _ topics: [String], _ folder: String) throws {
            output = folder + "/brokers.out"
            _ = FileManager.default.createFile(atPath: output, contents: nil)
            process.executableURL = program.url
            process.arguments = topics
            process.standardInput = input
            process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
            try process.run()
        }

        /// Where they listen, as soon as they do.
        func servers() async throws -> String {
            let limit = ContinuousClock.now + .seconds(120)
            while ContinuousClock.now < limit {
                let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
                let line = text.split(separator: "\n").first { $0.hasPrefix("bootstrap ") }
                if let line, text.hasSuffix("\n") { return String(line.dropFirst("bootstrap ".count)) }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw CocoaError(.executableLoad)
        }

        func end() { process.terminate() }
    }
}
