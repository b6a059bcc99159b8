import AgentOperators
import Foundation
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

@testable import TaskMarket

/// All roles in one topology, in the driver; what waits for handlers blocks its thread.
@Suite("A whole market", .timeLimit(.minutes(15)))
struct WholeMarketTests {
    static let drafts = Topic("drafts", key: .string, value: .json(TaskRequest.self))
    static let done = Topic("done", key: .string, value: .json(TaskResponse.self))

    static func topology(_ market: Market) throws -> StreamTopology {
        try StreamTopology("world") {
            let buyer = market.requester("buyer", of: drafts.stream(), policy: .original)
            market.mediator()
            buyer
            buyer.outcomes.to(done)
            market.provider("analysts", policy: .original)
            market.executor("worker") { order, _ in
                if order.description.contains("impossible") { throw AgentError("impossible", "cannot be done") }
                return "done: \(order.description) for \(order.price.map { "\($0)" } ?? "nothing")"
            }
        }
    }

    @Test func `RPK-09 a task goes from request to completion, another is haggled over, a third is refused`()
        async throws
    {
        try await OwnThread.run(named: "market-test") {
            let market = Market("market", rules: MarketRules(providers: 1), format: .json)
            let driver = try TopologyTestDriver(
                Self.topology(market), clock: ManualWallClock(Timestamp(milliseconds: 1_000)))
            let wishes: [(String, String, Double?)] = [
                ("t-1", "data processing", 75), ("t-2", "painting a fence", 90), ("t-3", "painting a house", 500),
                ("t-4", "some analysis", nil), ("t-5", "impossible reporting", 10),
            ]
            for (task, text, cost) in wishes {
                let draft = TaskRequest(task, requester: "?", description: text, proposedCost: cost, timestamp: 1_000)
                try driver.pipe(Self.drafts, "any", draft, at: 1_000)
                #expect(try driver.awaitAnswers())
            }
            let outcomes = try driver.take(Self.done)
            let told = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.key, $0.value) })
            #expect(told["t-1"]?.status == .completed)
            #expect(told["t-1"]?.message == "done: data processing for 75.0")
            // 90 × 1.2 = 108 is above 100, so the requester names 86.4, which the provider takes.
            #expect(told["t-2"]?.status == .completed)
            #expect(told["t-2"]?.counterOffer.map { abs($0 - 86.4) < 1e-9 } == true)
            #expect(told["t-3"]?.status == .rejected)
            #expect(told["t-3"]?.message == "all providers declined: Cost too high")
            #expect(told["t-4"]?.status == .completed)
            #expect(told["t-5"]?.status == .failed)
            #expect(outcomes.count == 5)
            let history = MarketHistory(of: try driver.take(market.audit).map(\.value))
            #expect(history.breaks.isEmpty)
            #expect(history.tasks.values.allSatisfy { $0.status.isTerminal })
        }
    }
}
