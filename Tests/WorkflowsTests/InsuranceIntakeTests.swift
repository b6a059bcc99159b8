import AgentOperators
import JSON
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Workflows

@testable import InsuranceIntake

@Suite("InsuranceIntake", .timeLimit(.minutes(15)))
struct InsuranceIntakeTests {
    private static func bench() throws -> WorkflowBench {
        let bench = try WorkflowBench(InsuranceIntake.topology())
        for line in ClaimGenerator.policies.split(separator: "\n") {
            let policy = try JSONValue(parsing: String(line))["policy"]?.stringValue
            bench.feed("policy-commands", key: policy.map { Bytes($0) }, value: Bytes(String(line)))
        }
        return bench
    }

    @Test("claims are accepted, or declined with a reason and nothing left behind: policies, funds and rows agree")
    func decides() async throws {
        let bench = try Self.bench()
        let count = 28
        for number in 1...count {
            try bench.feed(InsuranceIntake.requests, nil, ClaimGenerator.claim(number))
            if number % 9 == 0 { try bench.crash() }
        }
        try await bench.settle { (bench.log["aika.notifications"] ?? []).count >= count }
        let told = try bench.take(AikaTopics.notifications).map(\.value)
        #expect(told.count == count)
        #expect(Set(told.map(\.id)).count == count)
        let declined = told.filter { $0.type == "CLAIM_DECLINED" }
        let accepted = told.filter { $0.type == "CLAIM_ACCEPTED" }
        let reasons = Set(declined.compactMap { $0.payload["reason"]?.stringValue })
        #expect(reasons.contains("there is no such policy"))
        #expect(reasons.contains { $0.contains("a risk of") })
        #expect(!accepted.isEmpty)
        let reserved = accepted.reduce(Int64(0)) { $0 + ($1.payload["reserved"]?.integerValue ?? 0) }
        // What each fund begins with, as the example says.
        let funds = try bench.stored("funds", as: Serde<AggregateSnapshot<Fund>>.json())
        #expect(funds.values.reduce(0) { $0 + 15_000 - $1.state.balance } == Int(reserved))
        let policies = try bench.stored("policies", as: Serde<AggregateSnapshot<Policy>>.json())
        #expect(policies.values.reduce(0) { $0 + $1.state.drawn.values.reduce(0, +) } == Int(reserved))
        let rows = try bench.stored("fund-view", as: Serde<ProjectionRow<FundView>>.json())
        #expect(rows.values.reduce(0) { $0 + $1.view.reserved - $1.view.released } == Int(reserved))
        let audited = try bench.take(AikaTopics.audit).map(\.value.event)
        #expect(audited.filter { $0 == .handled }.count == count)
    }
}
