import AgentOperators
import EventLog
import Foundation
import JSON
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

/// `requests` on the journals of `ask` and `reply`.
@Suite("Requests by the tool", .timeLimit(.minutes(15)))
struct RequestCommandTests {
    private static let jobs = Topic("jobs", key: .string, value: .string)
    private static let done = Topic("done", key: .string, value: .string)

    /// Asks about jobs; nobody answers before the application stops.
    private static func worker(isMended: Bool = false) throws -> StreamTopology {
        try StreamTopology("worker") {
            jobs.stream().mapAsync(named: "work", timeout: .minutes(30)) { job, context in
                try await context.step("begin") { _ in "begun" }
                if !isMended { try await Task.sleep(for: .seconds(3_600)) }
                return job
            }
            .answers().to(done)
        }
    }

    @Test func `requests of a step are shown while it runs and after it stopped, and cannot be taken back`()
        async throws
    {
        try await withWorld { world async throws in
            let binary = Bytes([0xff, 0xfe])
            try world.append("jobs", [(Bytes("a"), Bytes("one")), (Bytes("b"), Bytes("two"))])
            world.start(try Self.worker())
            let begun = try await world.until("requests list -J") {
                try $0.lines.count == 2 && $0.lines.allSatisfy { $0["status"] == "begun" }
            }
            #expect(try begun.lines.map { $0["key"] } == ["a", "b"])
            #expect(try begun.lines.map { $0["step"] } == ["work", "work"])
            try await world.stop()
            let rows = try await world.run("requests list -J").lines
            #expect(rows.map { $0["status"] } == ["begun", "begun"])
            let id = try #require(rows[0]["id"]?.stringValue)
            let shown = await world.run("requests show \(id)")
            #expect(shown.output.contains("begin"))
            let refused = await world.run("agents cancel \(id)")
            #expect(refused.code == 10)
            #expect(refused.errors.contains("nobody outside can take it back"))
            #expect(try await world.run("requests list -J -k b").lines.count == 1)
            #expect(try await world.run("requests list -J --step other").lines.isEmpty)
            #expect(try await world.run("requests list -J --since 1m").lines.isEmpty)
            #expect(try await world.run("requests list -J --limit 1").lines.count == 1)
            try world.append("worker-work-journal-changelog", [(binary, binary)])
            let damaged = await world.run("requests list -J")
            #expect(damaged.code == 7)
            #expect(try damaged.lines.count == 2)
        }
    }

    @Test func `the journals of applications without a manifest are found by their topics`() async throws {
        try await withWorld { world async throws in
            try world.append("jobs", [(Bytes("a"), Bytes("one"))])
            world.start(try Self.worker())
            _ = try await world.until("requests list -J") { try $0.lines.first?["status"] == "begun" }
            try await world.stop()
            for part in ["applications", "state"] {
                try FileManager.default.removeItem(atPath: "\(world.folder.path)/\(part)")
            }
            let row = try #require(try await world.run("requests list -J").lines.first)
            #expect(row["application"] == "worker")
            #expect(row["status"] == "begun")
        }
    }
}
