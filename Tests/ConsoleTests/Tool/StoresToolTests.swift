import Foundation
import StreamCore
import Testing

@testable import Console

/// The tool's view of state, against the fold of the changelog, while the example runs, is killed, and has stopped.
@Suite(
    .enabled(
        if: BuiltTool.isAvailable && BuiltTool.isBuilt("SentimentPipeline"),
        "the programs 'tributary' and 'SentimentPipeline' are not built"),
    .timeLimit(.minutes(15)))
struct StoresToolTests {
    private static let store = "sentiment/totals-per-product"
    private let tool: BuiltTool

    init() throws {
        tool = try BuiltTool()
        // Recent times: what is old by the clock may leave the changelog, which the fold needs whole.
        let now = SystemWallClock().now().milliseconds
        let lines = (0..<20_000).map { index in
            let time = now - 20_000_000 + Int64(index) * 1_000
            return "{\"id\":\"r\(index)\",\"product\":\"p\(index % 37)\",\"text\":\"good \(index)\",\"at\":\(time)}\n"
        }
        let made = try tool.run(
            "topics", "produce", "reviews", "--key-field", "product", "--timestamp-field", "at", input: lines.joined())
        #expect(made.status == 0)
    }

    private func scan() throws -> [JSONValue] {
        let result = try tool.run("stores", "scan", Self.store, "-J")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors == "")
        return try result.lines
    }

    /// What the changelog comes to: the last value of each key.
    private func fold() throws -> [JSONValue: JSONValue] {
        let changelog = "sentiment-totals-per-product-changelog"
        var fold: [JSONValue: JSONValue] = [:]
        for record in try tool.run("topics", "consume", changelog, "--from", "beginning", "-e", "-J").lines {
            guard let key = record["key"], let value = record["value"] else { continue }
            fold[key] = value == .null ? nil : value
        }
        return fold
    }

    private func expectExact() throws {
        let entries = try scan()
        var shown: [JSONValue: JSONValue] = [:]
        for entry in entries { shown[try #require(entry["key"])] = entry["value"] }
        #expect(shown.count == entries.count)
        #expect(shown == (try fold()))
        let keys = entries.map { (Bytes($0["key"]?["key"]?.stringValue ?? ""), $0["key"]?["start"]?.integerValue ?? 0) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.0 < $0.1 })
        let count = try tool.run("stores", "count", Self.store)
        #expect(count.output == "\(entries.count)\n")
    }

    private var total: Int64 {
        get throws { try scan().reduce(0) { $0 + ($1["value"]?["count"]?.integerValue ?? 0) } }
    }

    @Test func `state is exact while the owner runs, after kills, and after it stopped`() throws {
        var before: Int64 = 0
        for pause in [0.6, 0.9, 1.2] {
            let pipeline = try tool.start("SentimentPipeline", ["run", "--until-idle", "--quiet"])
            defer { if pipeline.process.isRunning { kill(pipeline.process.processIdentifier, SIGKILL) } }
            let end = ContinuousClock.now + .seconds(pause)
            while ContinuousClock.now < end, FileManager.default.fileExists(atPath: tool.data + "/applications") {
                let now = try total
                #expect(now >= before)
                before = now
            }
            Thread.sleep(forTimeInterval: max(0, Double((end - ContinuousClock.now) / .milliseconds(1)) / 1000))
            kill(pipeline.process.processIdentifier, SIGKILL)
            _ = pipeline.end()
            try expectExact()
        }
        let finished = try tool.run("SentimentPipeline", ["run", "--until-idle", "--quiet"])
        #expect(finished.status == 0, "\(finished.errors)")
        try expectExact()
        #expect(try total == 20_000)
        try lookUp()
        try damage()
    }

    /// A folder that cannot be read costs nothing but a warning; without the changelog it is an error, never half a store.
    private func damage() throws {
        let whole = try scan()
        let current = tool.data + "/state/sentiment/1_0/CURRENT"
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: current))
        let warned = try tool.run("stores", "scan", Self.store, "-J")
        #expect(warned.status == 0)
        #expect(warned.errors.contains("warning: the folder of task 1_0 cannot be read"))
        #expect(try warned.lines == whole)
        for gone in ["log", "applications"] {
            try FileManager.default.removeItem(atPath: tool.data + "/" + gone)
            #expect(try tool.run("stores", "scan", Self.store, "-J").status == 1)
        }
    }

    /// One key's windows, parts of the store, and mistakes.
    private func lookUp() throws {
        let all = try scan().filter { $0["key"]?["key"] == "p3" }
        #expect(try tool.run("stores", "window", Self.store, "p3", "-J").lines == all)
        let start = try #require(all[1]["key"]?["start"]?.integerValue)
        let one = try tool.run("stores", "window", Self.store, "p3", "-J", "--from", "\(start)", "--to", "\(start)")
            .lines
        #expect(one == [all[1]])
        #expect(try tool.run("stores", "window", Self.store, "zzz").status == 3)
        let some = try tool.run("stores", "scan", "totals-per-product", "-J", "--from", "p3", "--to", "p30").lines
        #expect(Set(some.compactMap { $0["key"]?["key"]?.stringValue }) == ["p3", "p30"])
        let prefixed = try tool.run("stores", "scan", Self.store, "-J", "--prefix", "p3", "--limit", "9").lines
        #expect(prefixed.count == 9)
        #expect(try tool.run("stores", "get", Self.store, "p3").status == 2)
        #expect(try tool.run("stores", "scan", Self.store, "--task", "9_9").status == 3)
        #expect(try tool.run("stores", "scan", "sentiment/totals-per-produkt").errors.contains("did you mean"))
        let parts = try (0..<4).reduce(0) { sum, partition in
            try sum + tool.run("stores", "scan", Self.store, "-J", "--task", "1_\(partition)").lines.count
        }
        #expect(parts == (try scan().count))
        let listed = try tool.run("stores", "list", "-J").lines
        #expect(listed.contains { $0["store"]?.stringValue == Self.store && $0["tasks"] == 4 })
        #expect(try tool.run("topology", "describe").output.hasPrefix("Topologies:\n   Sub-topology: 0"))
    }
}
