import Foundation
import StreamCore
import Testing

@testable import Console

/// Groups and applications from outside: described, measured, reset.
@Suite(
    .enabled(
        if: BuiltTool.isAvailable && BuiltTool.isBuilt("SentimentPipeline"),
        "the programs 'tributary' and 'SentimentPipeline' are not built"),
    .timeLimit(.minutes(15)))
struct ApplicationToolTests {
    private let tool: BuiltTool
    private let count: Int64 = 300

    init() throws {
        tool = try BuiltTool()
        let lines = (0..<count).map { index in
            #"{"id":"r\#(index)","product":"p\#(index % 7)","text":"good","at":\#(1_767_603_660_000 + index * 1_000)}"#
        }
        let made = try tool.run(
            "topics", "produce", "reviews", "--key-field", "product", "--timestamp-field", "at",
            input: lines.joined(separator: "\n") + "\n")
        #expect(made.status == 0)
    }

    private func pipeline(_ arguments: String...) throws -> ToolResult { try tool.run("SentimentPipeline", arguments) }

    private func json(_ arguments: String...) throws -> JSONValue {
        let result = try tool.run("tributary", arguments + ["-o", "json"])
        #expect(result.status == 0, "\(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    private var topics: Set<String> {
        get throws { Set(try tool.run("topics", "list", "-J").lines.compactMap { $0["topic"]?.stringValue }) }
    }

    @Test func `an application is described while it runs, after it was killed, and reset`() throws {
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let stopped = try json("app", "describe", "sentiment")
        #expect(stopped["state"] == "stopped")
        #expect(stopped["lag"] == 0)
        #expect(stopped["instances"]?.elements == [])
        #expect(stopped["tasks"]?.elements?.count == 8)
        let running = try tool.start("SentimentPipeline", ["run", "--quiet"])
        defer { if running.process.isRunning { kill(running.process.processIdentifier, SIGKILL) } }
        let seen = try settled()
        #expect(seen["state"] == "running")
        #expect(seen["instances"]?.elements?.first?["pid"] == .integer(Int64(running.process.processIdentifier)))
        let group = try json("groups", "describe", "sentiment")
        #expect(group["state"] == "stable")
        #expect(group["members"]?.elements?.first?["tasks"]?.elements?.count == 8)
        let refused = try tool.run("app", "reset", "sentiment", "--execute")
        #expect(refused.status == 6)
        #expect(refused.errors.contains("'sentiment' is running: process \(running.process.processIdentifier)"))
        kill(running.process.processIdentifier, SIGKILL)
        _ = running.end()
        let killed = try json("app", "describe", "sentiment")
        #expect(killed["state"] == "stopped")
        #expect(killed["instances"]?.elements?.first?["state"] == "gone")
        #expect(killed["tasks"]?.elements?.first?["phase"] == "unassigned")
        try reset()
    }

    /// The application, when all its tasks run, or as it is after a minute.
    private func settled() throws -> JSONValue {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let seen = try json("app", "describe", "sentiment")
            let tasks = seen["tasks"]?.elements ?? []
            let isSettled = tasks.allSatisfy { $0["phase"] == "running" && $0["remaining"] == 0 }
            if isSettled || ContinuousClock.now > deadline {
                #expect(isSettled, "\(seen.text)")
                return seen
            }
        }
    }

    private func reset() throws {
        // Others' topics that look alike must stay.
        for topic in ["sentiment-mine-changelog", "sentiment-2-x-repartition"] {
            #expect(try tool.run("topics", "create", topic).status == 0)
        }
        let before = try topics
        let dry = try tool.run("app", "reset", "sentiment", "-J")
        #expect(dry.status == 0)
        #expect(dry.errors.contains("left alone: sentiment-2-x-repartition, sentiment-mine-changelog"))
        #expect(dry.errors.contains("nothing was done"))
        #expect(try topics == before)
        let deleted: Set = [
            "sentiment-by-product-repartition", "sentiment-score-journal-changelog", "sentiment-score-steps-changelog",
            "sentiment-tasks",
            "sentiment-totals-per-product-changelog",
        ]
        let named = Set(
            try dry.lines.filter { $0["action"] == "delete topic" }.compactMap { $0["what"]?.stringValue })
        #expect(named == deleted)
        let own = try pipeline("reset", "-J")
        #expect(own.output == dry.output)
        #expect(try tool.run("app", "reset", "sentiment", "--execute", "-q").status == 0)
        #expect(try topics == before.subtracting(deleted))
        #expect(!FileManager.default.fileExists(atPath: tool.data + "/state/sentiment"))
        // Its topology is not known any more, but the application knows it, and a second time does no harm.
        #expect(try tool.run("app", "reset", "sentiment").status == 3)
        #expect(try pipeline("reset", "--execute", "-q").status == 0)
        #expect(try tool.run("groups", "lag", "sentiment").status == 3)
        try startLater()
    }

    private func startLater() throws {
        let middle = 1_767_603_660_000 + count / 2 * 1_000
        #expect(try pipeline("reset", "--to-time", "\(middle)", "--execute", "-q").status == 0)
        let lag = try json("groups", "lag", "sentiment")
        #expect(lag["lag"] == .integer(count / 2))
        #expect(lag["partitions"]?.elements?.count == 4)
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let totals = try tool.run("stores", "scan", "sentiment/totals-per-product", "-J").lines
        #expect(totals.reduce(0) { $0 + ($1["value"]?["count"]?.integerValue ?? 0) } == count / 2)
        #expect(try json("groups", "lag", "sentiment")["lag"] == 0)
        #expect(try pipeline("reset", "--to-latest", "--to-offset", "3").status == 2)
    }

    @Test func `kept topics keep the state, and input goes into it again`() throws {
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let before = try topics
        #expect(try pipeline("reset", "--keep-topics", "--to-latest", "--execute", "-q").status == 0)
        #expect(try topics == before)
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let totals = try tool.run("stores", "scan", "sentiment/totals-per-product", "-J").lines
        #expect(totals.reduce(0) { $0 + ($1["value"]?["count"]?.integerValue ?? 0) } == count)
    }

    @Test func `the topics an application needs are planned, made once, and found wrong`() throws {
        func states() throws -> [String: String] {
            let lines = try pipeline("topics", "plan", "-J").lines
            return Dictionary(
                lines.map { ($0["topic"]?.stringValue ?? "", $0["state"]?.stringValue ?? "") }, uniquingKeysWith: { $1 }
            )
        }
        let missing = try states()
        #expect(missing.count == 7)
        #expect(Set(missing.values) == ["missing"])
        #expect(try pipeline("topics", "apply", "-J").lines.count == 7)
        #expect(Set(try states().values) == ["ok"])
        #expect(try pipeline("topics", "apply", "-J").lines.isEmpty)
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let known = try tool.run("app", "topics", "plan", "sentiment", "-J")
        #expect(known.status == 0)
        #expect(known.output == (try pipeline("topics", "plan", "-J").output))
        let changelog = "sentiment-totals-per-product-changelog"
        #expect(try tool.run("topics", "delete", changelog, "--yes").status == 0)
        #expect(try tool.run("topics", "create", changelog, "--partitions", "2").status == 0)
        let wrong = try pipeline("topics", "plan")
        #expect(wrong.status == 8)
        #expect(wrong.errors.contains("'\(changelog)' has 2 partitions instead of 4"))
        #expect(try pipeline("topics", "apply").status == 8)
        #expect(try tool.run("topics", "delete", "reviews", "--yes").status == 0)
        #expect(try pipeline("topics", "plan").status == 3)
    }

    @Test func `what is not there is said with what is`() throws {
        #expect(try tool.run("groups", "list", "-J").output == "")
        #expect(try tool.run("groups", "describe", "sentiment").status == 3)
        #expect(try pipeline("run", "--until-idle", "--quiet").status == 0)
        let near = try tool.run("groups", "lag", "sentimental")
        #expect(near.status == 3)
        #expect(near.errors.contains("did you mean 'sentiment'?"))
        #expect(try tool.run("app", "describe", "sentimental").errors.contains("did you mean 'sentiment'?"))
        let listed = try tool.run("groups", "list", "-J").lines
        #expect(listed == [["group": "sentiment", "state": "empty", "members": 0]])
    }
}
