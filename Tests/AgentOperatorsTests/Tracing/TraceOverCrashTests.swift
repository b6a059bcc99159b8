import Observability
import StreamCore
import StreamDSL
import StreamTesting
import TestPrograms
import Testing
import Topology

@testable import AgentOperators

/// What a crash does to a trace: work that is done again must not look like work that was done twice.
@Suite("A trace over crashes", .timeLimit(.minutes(15)))
struct TraceOverCrashTests {
    private static let input = Topic("questions", key: .string, value: .json(Text.self))
    private static let output = Topic("answers", key: .string, value: .json(Text.self))

    private static func topology() throws -> StreamTopology {
        let team = agents(named: "team") {
            AgentType("desk") {
                on(Text.self) { message, context in
                    let reply = try await context.send(
                        message, to: AgentID("writer", context.id.key), returning: Text.self)
                    try await context.publish(Text("answer: \(reply.text)"))
                }
            }
            AgentType("writer") { on(Text.self) { message, _ in Text("draft of \(message.text)") } }
        }
        return try StreamTopology("front") {
            team
            input.stream().tell(team, named: "tell") { AgentID("desk", $0.key) }
            team.publications.published(as: Text.self).to(output)
        }
    }

    /// The spans of one question, with a crash after `records` records; none when nil.
    private func spans(crashAfter records: Int?) async throws -> (spans: [Span], answers: Int) {
        try await OwnThread.run(named: "driver") {
            let folder = try TemporaryFolder()
            let box = SpanBox()
            let driver = try TopologyTestDriver(
                try Self.topology(), stateDirectory: folder.path, tracer: box.tracer())
            let headers = Headers([
                .init(name: "traceparent", value: Bytes(ThreeAgentsTraceTests.parent))
            ])
            let ask = { try driver.pipe(Self.input, "anna", Text("why"), at: 1_000, headers: headers) }
            if let records { try driver.crash(after: records) { try ask() } } else { try ask() }
            #expect(try driver.awaitAnswers(upTo: .seconds(120)))
            return (box.spans, try driver.take(Self.output).count)
        }
    }

    /// The names of the spans in order, those with one number as one: so a collector sees them.
    private func names(_ spans: [Span]) -> [String] {
        Dictionary(spans.map { ($0.context.span, $0.name) }) { first, _ in first }.values.sorted()
    }

    @Test("wherever a crash comes, what was done again is the same span and nothing is told that did not stay")
    func sameSpans() async throws {
        let whole = try await spans(crashAfter: nil)
        #expect(whole.answers == 1)
        #expect(names(whole.spans).count == whole.spans.count)
        for records in 0..<8 {
            let broken = try await spans(crashAfter: records)
            #expect(broken.answers == 1)
            #expect(names(broken.spans) == names(whole.spans), "after \(records) records")
        }
    }
}
