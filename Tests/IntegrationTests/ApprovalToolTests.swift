import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

/// The tool's approvals, against an application that runs beside it on the same log.
@Suite("Approvals by the tool", .timeLimit(.minutes(15)))
struct ApprovalToolTests {
    static let tool = BuiltProgram("tributary")
    private static let orders = Topic("orders", key: .string, value: .int)
    private static let outcomes = Topic("outcomes", key: .string, value: .string)

    private static func topology() throws -> StreamTopology {
        let options = AskOptions(timeout: .minutes(30), takesApprovals: true)
        return try StreamTopology("pay") {
            orders.stream().mapAsync(named: "charge", options: options) { amount, context in
                let timeout: Duration = amount < 0 ? .milliseconds(200) : .days(1)
                let request = ApprovalRequest("charge \(amount)?", details: "{\"amount\":\(amount)}", timeout: timeout)
                let decision = try await context.approval("may-charge", request)
                return "\(decision.verdict.rawValue) by \(decision.by) \(decision.reason) \(decision.edited ?? "-")"
            }
            .answers().to(outcomes)
        }
    }

    private struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    private func run(_ place: Workplace, _ arguments: String...) throws -> Outcome {
        let program = try Self.tool.start(["agents"] + arguments + ["--data-dir", place.folder], in: place.folder)
        let status = program.wait()
        return Outcome(status: status, output: program.outputText, errors: program.errorText)
    }

    /// The ids of the questions that wait, as soon as there are `count`.
    private func pending(_ place: Workplace, _ count: Int) throws -> [String] {
        for _ in 0..<600 {
            let listed = try run(place, "approvals", "-o", "jsonl")
            let lines = listed.output.split(separator: "\n")
            if listed.status == 0, lines.count >= count {
                return lines.compactMap { line in
                    let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    return object?["id"] as? String
                }
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        Issue.record("no \(count) approvals")
        return []
    }

    @Test(.enabled(if: tool.exists, "the program 'tributary' is not built"))
    func `questions are listed, approved, edited and rejected, and each is decided once`() async throws {
        try await OwnThread.run(named: "approvals") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("orders", partitions: 2))
            try place.produce(Self.orders, [("a", 5, 0), ("b", 6, 0), ("c", 7, 0)])
            #expect(try run(place, "approvals").status == 0)
            let runtime = StreamRuntime(
                try Self.topology(), on: try place.log(), options: place.options(), journal: .silent)
            let ended = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                do { try runtime.run() } catch { Issue.record("\(error)") }
                ended.signal()
            }
            let ids = try pending(place, 3)
            #expect(Set(ids).count == 3)
            guard ids.count == 3 else { return runtime.stop() }

            let table = try run(place, "approvals", "--application", "pay")
            #expect(table.output.contains("charge 5?"))
            let approved = try run(place, "approve", ids[0], "--by", "ann", "--edit", "{\"amount\":4}")
            #expect(approved.status == 0, "\(approved.errors)")
            #expect(approved.output.contains("approved"))
            let rejected = try run(place, "reject", String(ids[1].prefix(10)), "--by", "bob", "--reason", "too much")
            #expect(rejected.status == 0, "\(rejected.errors)")

            let again = try run(place, "reject", ids[0], "--by", "bob")
            #expect(again.status == 6)
            #expect(again.errors.contains("was approved by ann"))
            let unknown = try run(place, "approve", "ffffffffffff")
            #expect(unknown.status == 3)
            #expect(unknown.errors.contains("agents approvals"))
            #expect(try run(place, "approve", ids[2], "--edit", "{").status == 2)
            #expect(try run(place, "approvals", "--application", "nobody").status == 3)
            try place.produce(Self.orders, [("d", -1, 0)])
            var expired = try run(place, "approvals", "--all", "-o", "jsonl").output
            for _ in 0..<600 where !expired.contains("\"expired\"") {
                Thread.sleep(forTimeInterval: 0.1)
                expired = try run(place, "approvals", "--all", "-o", "jsonl").output
            }
            #expect(expired.contains("\"expired\""))
            #expect(try run(place, "approve", ids[2], "--by", "cid").status == 0)
            ended.wait()
            let outcomes = try place.read(Self.outcomes).map(\.value).sorted()
            #expect(
                outcomes == [
                    "approved by ann  {\"amount\":4}", "approved by cid  -", "expired by   -",
                    "rejected by bob too much -",
                ])
        }
    }

    @Test(.enabled(if: tool.exists, "the program 'tributary' is not built"))
    func `a decision for an application that does not run is taken when it does`() async throws {
        try await OwnThread.run(named: "approvals") {
            let place = Workplace()
            try place.log().createTopic(TopicSpecification("orders", partitions: 1))
            try place.produce(Self.orders, [("a", 5, 0)])
            let ids = try Self.start(place) { runtime in
                defer { runtime.stop() }
                return try pending(place, 1)
            }
            let waiting = try run(place, "approve", try #require(ids.first), "--wait", "100ms")
            #expect(waiting.status == 4)
            #expect(waiting.errors.contains("as soon as the application runs"))
            try place.run(Self.topology())
            #expect(try place.read(Self.outcomes).count == 1)
        }
    }

    /// Runs the application while `body` does something.
    private static func start<Result>(_ place: Workplace, _ body: (StreamRuntime) throws -> Result) throws -> Result {
        var options = place.options()
        options.untilIdle = false
        let runtime = StreamRuntime(try topology(), on: try place.log(), options: options, journal: .silent)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try runtime.run() } catch { Issue.record("\(error)") }
            ended.signal()
        }
        let result = try body(runtime)
        ended.wait()
        return result
    }
}
