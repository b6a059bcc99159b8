import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

@testable import AgentOperators

@Suite("One trace through three agents", .timeLimit(.minutes(15)))
struct ThreeAgentsTraceTests {
    private static let input = Topic("questions", key: .string, value: .json(Text.self))
    private static let output = Topic("answers", key: .string, value: .json(Text.self))
    static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// Takes questions, asks a writer, publishes what comes of it.
    private static func desk() throws -> StreamTopology {
        let team = agents(named: "team") {
            AgentType("desk") {
                on(Text.self) { message, context in
                    let reply = try await context.send(
                        message, to: AgentID("writer", context.id.key), returning: Text.self)
                    try await context.publish(Text("answer: \(reply.text)"))
                }
            }
        }
        return try StreamTopology("front") {
            team
            input.stream().tell(team, named: "tell") { AgentID("desk", $0.key) }
            team.publications.published(as: Text.self).to(output)
        }
    }

    /// Writes, and has it checked.
    private static func writer() throws -> StreamTopology {
        try StreamTopology("writing") {
            agents(named: "team") {
                AgentType("writer") {
                    on(Text.self) { message, context in
                        let checked = try await context.send(
                            Text("draft of \(message.text)"), to: AgentID("checker", context.id.key),
                            returning: Text.self)
                        return Text("written, \(checked.text)")
                    }
                }
            }
        }
    }

    private static func checker() throws -> StreamTopology {
        try StreamTopology("checking") {
            agents(named: "team") {
                AgentType("checker") { on(Text.self) { message, _ in Text("checked \(message.text)") } }
            }
        }
    }

    /// Runs one question through all three; `body` gets the world when the answer is there and all spans are.
    private static func follow(
        _ parent: String?, _ body: @escaping @Sendable (EmbeddedWorld, SpanBox, LogRecord) throws -> Void
    ) async throws {
        try await withWorld(topics: ["questions": 1, "answers": 1]) { world in
            let box = SpanBox()
            for topology in [try checker(), try writer()] { world.start(topology, tracer: box.tracer()) }
            for name in ["checking", "writing"] { try awaitClaim(name, in: world) }
            world.start(try desk(), tracer: box.tracer())
            var buffer = RecordBuffer()
            buffer.append(
                to: TopicPartition("questions", 0), key: Bytes("anna"),
                value: try input.value.encode(Text("why")), timestamp: SystemWallClock().now(),
                headers: Headers(parent.map { [.init(name: "traceparent", value: Bytes($0))] } ?? []))
            try world.log.append(buffer)
            let answer = try #require(try world.records(of: "answers", count: 1).first)
            let end = ContinuousClock.now + .seconds(60)
            // The last reply's handling is exported a commit later than the answer is there.
            while parent != nil, box.spans.count < 12, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
            try body(world, box, answer)
        }
    }

    private static func awaitClaim(_ application: String, in world: EmbeddedWorld) throws {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            let keys = try world.records(of: "team-registry").compactMap { $0.key?.utf8 }
            if keys.contains("application/\(application)") { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("'\(application)' never claimed its types")
    }

    @Test("AK-21, W15: a question, its requests, replies and publication are one trace, and the page shows it as it is")
    func oneTrace() async throws {
        try await Self.follow(Self.parent) { world, box, answer in
            let spans = box.spans
            let begun = try #require(TraceContext(traceparent: Self.parent))
            #expect(Set(spans.map(\.context.traceID)) == [begun.traceID])
            #expect(Set(spans.map(\.context.span)).count == spans.count)
            let ids = Set(spans.map(\.context.span) + [begun.span])
            for span in spans { #expect(ids.contains(span.parent ?? 0), "\(span.name) has a parent that is nowhere") }
            let tree = box.tree
            print("spans:\n" + tree.joined(separator: "\n"))
            #expect(try tree == Self.listing("spans"))
            #expect(TraceContext(answer.headers)?.traceID == begun.traceID)
            let trace = try TraceTable(world.log, topics: []).trace(of: begun.traceID)
            let lines = TraceTree(try TraceTable(world.log, topics: []).records(of: trace)).lines.map { line in
                let kind = line.record?.headers[MessageHeader.kind].map { " \($0)" } ?? ""
                let to = line.record?.headers[MessageHeader.agent].map { " to \($0)" } ?? ""
                return line.branch + line.name + kind + to
            }
            print("records:\n" + lines.joined(separator: "\n"))
            #expect(try lines == Self.listing("records"))
            let id = try #require(try world.records(of: "checking-team-inbox").first?.headers["tributary.id"])
            #expect(try TraceTable(world.log, topics: []).trace(of: id) == begun.traceID)
        }
    }

    @Test("a question without a trace begins none unless a share is asked for, and the log is as it was")
    func untraced() async throws {
        try await Self.follow(nil) { world, box, answer in
            #expect(box.spans.isEmpty)
            #expect(answer.headers["traceparent"] == nil)
            #expect(answer.headers[TraceCause.header] == nil)
        }
    }

    /// The block of docs/tracing.md that begins with ```` ```name ````.
    private static func listing(_ name: String) throws -> [String] {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let page = try String(contentsOf: folder.appendingPathComponent("docs/tracing.md"), encoding: .utf8)
        let start = try #require(page.range(of: "```\(name)\n")).upperBound
        let end = try #require(page.range(of: "```", range: start..<page.endIndex)).lowerBound
        return page[start..<end].split(separator: "\n").map(String.init)
    }
}
