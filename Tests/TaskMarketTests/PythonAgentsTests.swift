import Foundation
import JSON
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import TestPrograms
import Testing
import Topology

@testable import TaskMarket

/// Agents that behave as the original's, in Python with fastavro, around a market of ours.
@Suite("Python agents on the market's topics", .timeLimit(.minutes(15)))
struct PythonAgentsTests {
    @Test(.enabled(if: PythonPeer.has("fastavro")))
    func `RPK-12 W50 original agents haggle on our topics; one award and one claim count, however many of them run it`()
        async throws
    {
        try await OwnThread.run(named: "market-python") {
            let market = Market("market", rules: MarketRules(providers: 1), format: try .rawAvro())
            let topology = try StreamTopology("market") { market.mediator() }
            let driver = try TopologyTestDriver(
                topology, clock: ManualWallClock(Timestamp(milliseconds: MarketFormatTests.moment)))
            let wishes = [("t-1", "data processing", 75.0), ("t-2", "painting", 90), ("t-3", "painting", 500)]
            for (task, text, cost) in wishes {
                let request = TaskRequest(
                    task, requester: "agent-001", description: text, proposedCost: cost,
                    timestamp: MarketFormatTests.moment)
                try driver.pipe(market.requests, task, request, at: MarketFormatTests.moment)
            }
            let talk = PythonTalk(driver, market)
            for _ in 0..<12 where try !talk.turn() { break }
            let history = MarketHistory(of: try driver.take(market.audit).map(\.value))
            #expect(history.breaks.isEmpty)
            #expect(history.tasks["t-1"]?.status == .completed)
            #expect(history.tasks["t-2"]?.status == .completed)
            #expect(history.tasks["t-2"]?.award == MarketAward(provider: "agent-002", price: 108 * 0.8))
            #expect(history.tasks["t-3"]?.status == .rejected)
            // Each of the two executors ran each of the two tasks; the market took one claim and one result of each.
            #expect(driver.counters.sum("market_refused") >= 4)
            #expect(history.tasks.values.allSatisfy { $0.work?.attempts ?? 1 == 1 })
        }
    }
}

/// The records so far, which the agents hear from the beginning at each turn: they keep nothing in between.
private final class PythonTalk {
    private let driver: TopologyTestDriver
    private let market: Market
    private let peer = PythonPeer("Tests/TaskMarketTests/Peers/market_agents.py")
    private var lines = ""
    private var answered = 0

    init(_ driver: TopologyTestDriver, _ market: Market) {
        self.driver = driver
        self.market = market
    }

    /// Lets the agents hear what is new, and the market what they say; whether there was anything.
    func turn() throws -> Bool {
        for topic in [market.requests.name, market.negotiations.name, market.responses.name] {
            for record in driver.takeRaw(topic) {
                lines += "{\"topic\":\"\(topic)\",\"value\":\"\(record.value?.hex ?? "")\"}\n"
            }
        }
        let said = try peer.run(input: lines, in: NSTemporaryDirectory()).split(separator: "\n")
        let new = said.dropFirst(answered)
        answered = said.count
        for line in new {
            let json = try JSONValue(parsing: String(line))
            try driver.pipe(
                json["topic"]?.stringValue ?? "", key: Bytes(json["key"]?.stringValue ?? ""),
                value: Self.bytes(json["value"]?.stringValue ?? ""), at: MarketFormatTests.moment)
        }
        return !new.isEmpty
    }

    private static func bytes(_ hex: String) -> Bytes {
        let digits = hex.compactMap(\.hexDigitValue)
        return Bytes(stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
