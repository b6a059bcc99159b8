import AgentOperators
import Observability
import Operations
import StreamCore
import StreamDSL
import StreamTesting
import TestPrograms
import Testing
import Topology

@Suite("Approvals of agents", .timeLimit(.minutes(15)))
struct AgentApprovalTests {
    private func team() -> AgentSystem {
        agents(named: "team") {
            AgentType("payer", initial: { _ in Count() }) {
                on(Text.self) { message, state, context in
                    let request = ApprovalRequest("pay \(message.text)?", details: "\"x\"", timeout: .days(7))
                    let decision = try await context.approval("pay", request)
                    if decision.isApproved { state.count += 1 }
                    return Text("\(decision.verdict.rawValue) \(decision.edited ?? "-") \(state.count)")
                }
            }
            AgentType("echo") { on(Text.self) { message, context in Text("\(context.id): \(message.text)") } }
        }
    }

    /// The questions that were asked or ended since the last call, as soon as there is one.
    private func records(_ bench: AgentBench) throws -> [ApprovalRecord] {
        for _ in 0..<2_000 {
            _ = try bench.driver.awaitAnswers(upTo: .milliseconds(20))
            let found = bench.driver.takeRaw("app-approvals")
            if !found.isEmpty { return try found.map { try ApprovalRecord.serde.decode($0.value) } }
        }
        Issue.record("nobody asks")
        return []
    }

    private func vote(_ bench: AgentBench, _ question: ApprovalRecord, _ verdict: String, _ edited: String?) throws {
        let vote = ApprovalVote(verdict: verdict, by: "ann", reason: nil, edited: edited)
        let agentKey = question.key.split(separator: "/").last.map { Bytes(String($0)) }
        try bench.driver.pipe(
            question.answerTopic, key: agentKey, value: try ApprovalVote.serde.encode(vote),
            at: bench.driver.clock.now().milliseconds, headers: ApprovalVote.headers(question.operation))
    }

    @Test func `an agent asks a person, days pass while others work, the decision is in reply and state`() async throws
    {
        try await OwnThread.run(named: "approvals") {
            let folder = try TemporaryFolder()
            let bench = try AgentBench(team(), stateDirectory: folder.path)
            _ = try bench.post("5", to: "payer/a", id: "one")
            let question = try #require(try records(bench).first)
            #expect(question.status == .pending)
            #expect(question.prompt == "pay 5?")
            #expect(question.key == "payer/a")
            #expect(question.answerTopic == "app-team-control")
            #expect(question.answerPartition == bench.partition(of: "a"))
            try bench.driver.advance(by: .days(3))
            #expect(bench.driver.counters["asks_suspended", step: "team"] == 1)
            _ = try bench.post("hi", to: "echo/a", id: "two")
            while bench.answers()["two"] == nil { _ = try bench.driver.awaitAnswers(upTo: .milliseconds(20)) }
            try vote(bench, question, "approved", "\"y\"")
            #expect(try bench.driver.awaitAnswers())
            #expect(bench.answers()["one"] == .reply("approved \"y\" 1"))
            #expect(try records(bench).map(\.status) == [.approved])
            try vote(bench, question, "rejected", nil)
            #expect(bench.driver.counters["decisions_dropped", step: "team", reason: "not open"] == 1)
        }
    }

    @Test func `nobody decides in time: the handler hears it`() async throws {
        try await OwnThread.run(named: "approvals") {
            let bench = try AgentBench(team())
            _ = try bench.post("5", to: "payer/a", id: "one")
            let question = try #require(try records(bench).first)
            #expect(question.status == .pending)
            try bench.driver.advance(by: .days(8))
            #expect(try bench.driver.awaitAnswers())
            #expect(bench.answers()["one"] == .reply("expired - 0"))
            #expect(try records(bench).map(\.status) == [.expired])
        }
    }
}
