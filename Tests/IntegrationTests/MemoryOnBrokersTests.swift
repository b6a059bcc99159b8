import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

@Suite("A memory on brokers", .timeLimit(.minutes(15)))
struct MemoryOnBrokersTests {
    @Test("What clients add, delete and clear is shared through a Kafka cluster, and is there when the owner is not")
    func sharing() async throws {
        let brokers = try MemoryBrokers()
        defer { brokers.end() }
        try await brokers.create([
            "notes:2", "audit:2", "owner-notes-items-changelog:2", "owner-notes-sessions-changelog:2",
            "owner-dead-letters:2", "owner-tasks:2",
        ])
        let folder = NSTemporaryDirectory() + "tributary-memory-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clients = try (0..<2).map { _ in
            MemoryClient(of: "notes", application: "owner", on: try brokers.log(), timeout: .seconds(240))
        }
        let memories = try clients.map { try $0.session("anna") }
        try await owning(brokers, folder) {
            for step in 0..<4 { try await memories[step % 2].add(MemoryDraft(id: "i\(step)", text: "\(step)")) }
            try await memories[0].delete(id: "i1")
            try await memories[1].caughtUp()
            #expect(try await texts(memories[1]) == ["0", "2", "3"])
            try await memories[1].clear()
            try await memories[1].add(MemoryDraft(id: "new", text: "new"))
            try await memories[0].caughtUp()
            #expect(try await texts(memories[0]) == ["new"])
        }
        // The owner is gone: what it has committed is read all the same, by one who comes new.
        let late = MemoryClient(of: "notes", application: "owner", on: try brokers.log(), timeout: .seconds(240))
        #expect(try await texts(try late.session("anna")) == ["new"])
        for client in clients + [late] { client.close() }
    }

    private func texts(_ memory: SharedMemory) async throws -> [String] {
        try await memory.query(.recent(100)).map(\.item.content.summary).reversed()
    }

    /// Runs the owner while `body` runs.
    private func owning(_ brokers: MemoryBrokers, _ folder: String, _ body: () async throws -> Void) async throws {
        let memory = Memory("notes")
        let topology = try StreamTopology("owner") {
            memory.changes().to(Topic("audit", key: .string, value: MemoryChange.serde))
        }
        let options = RuntimeOptions(stateDirectory: folder, manifestDirectory: folder + "/applications")
        let runtime = StreamRuntime(topology, on: try brokers.log(), options: options, journal: .silent)
        async let running: Void = OwnThread.run(named: "owner") { try runtime.run() }
        do {
            try await body()
        } catch {
            Issue.record("\(error)")
        }
        runtime.stop()
        try await running
    }
}

/// Mock brokers in a process of their own.
private final class MemoryBrokers {
    private let process = Process()
    private let input = Pipe()
    private let servers: String

    init() throws {
        let output = Pipe()
        process.executableURL = BuiltProgram("MockKafka").url
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var told = ""
        while !told.contains("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CocoaError(.fileReadUnknown) }
            told += String(decoding: data, as: UTF8.self)
        }
        servers = String(told.dropFirst("bootstrap ".count).prefix { $0 != "\n" })
    }

    func log() throws -> KafkaEventLog {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        configuration.properties["fetch.wait.max.ms"] = "20"
        return try KafkaEventLog(configuration)
    }

    func create(_ topics: [String]) async throws {
        for topic in topics { input.fileHandleForWriting.write(Data((topic + "\n").utf8)) }
        let log = try log()
        while try log.topics().count < topics.count { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// They end when their input does; waiting for that here would spin on this thread.
    func end() { try? input.fileHandleForWriting.close() }
}
