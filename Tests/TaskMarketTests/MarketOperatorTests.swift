import AgentOperators
import Foundation
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Synchronization
import Testing
import Topology

@testable import TaskMarket

@Suite("The market's operators", .timeLimit(.minutes(15)))
struct MarketOperatorTests {
    private static let start: Int64 = 1_000_000
    private static let rules = MarketRules(
        bidding: .seconds(20), lifetime: .seconds(60), rounds: 3, lease: .seconds(6), attempts: 2,
        retryPause: .seconds(1), earlyMessages: .seconds(30))

    private func market(_ format: MarketFormat = .json) -> Market {
        Market("market", rules: Self.rules, format: format)
    }

    private func driver(_ topology: StreamTopology, folder: String? = nil) throws -> TopologyTestDriver {
        try TopologyTestDriver(
            topology, clock: ManualWallClock(Timestamp(milliseconds: Self.start)), stateDirectory: folder)
    }

    private func request(_ task: String, _ text: String = "analysis", _ cost: Double? = 100) -> TaskRequest {
        TaskRequest(task, requester: "buyer", description: text, proposedCost: cost, timestamp: Self.start)
    }

    private func accepted(_ task: String, _ who: String) -> TaskResponse {
        TaskResponse(task, responder: who, .accepted, timestamp: Self.start + 1)
    }

    private func statuses(_ driver: TopologyTestDriver, _ market: Market) throws -> [String] {
        try driver.take(market.audit).map { "\($0.key) \($0.value.change.kind.rawValue)" }
    }

    @Test func `W50 deadlines end tasks without any new record, exactly then`() throws {
        let market = market()
        let driver = try driver(StreamTopology("market") { market.mediator() })
        try driver.pipe(market.requests, "t", request("t"), at: Self.start)
        try driver.pipe(market.requests, "u", request("u"), at: Self.start)
        try driver.pipe(market.responses, "u", accepted("u", "a"), at: Self.start)
        try driver.advance(by: .milliseconds(19_999))
        #expect(try statuses(driver, market) == ["t requested", "u requested", "u awarded"])
        try driver.advance(by: .milliseconds(1))
        #expect(try statuses(driver, market) == ["t expired"])
        try driver.advance(by: .seconds(40))
        #expect(try statuses(driver, market) == ["u expired"])
        let told = try driver.take(market.announcements).filter { $0.value.responder == "market" }
        #expect(told.map { "\($0.key) \($0.value.status.rawValue)" } == ["u ACCEPTED", "t EXPIRED", "u EXPIRED"])
    }

    @Test func `RPK-08 on the original's wire an expired task is REJECTED before its award and FAILED after it`() throws
    {
        let market = market(try .rawAvro())
        let driver = try driver(StreamTopology("market") { market.mediator() })
        try driver.pipe(market.requests, "t", request("t"), at: Self.start)
        try driver.pipe(market.requests, "u", request("u"), at: Self.start)
        try driver.pipe(market.responses, "u", accepted("u", "a"), at: Self.start)
        try driver.advance(by: .minutes(2))
        let told = try driver.take(market.announcements).filter { $0.value.responder == "market" }
        #expect(told.map { "\($0.key) \($0.value.status.rawValue)" } == ["u ACCEPTED", "t REJECTED", "u FAILED"])
    }

    @Test func `what comes before its request waits for it, and not for ever`() throws {
        let market = market()
        let driver = try driver(StreamTopology("market") { market.mediator() })
        try driver.pipe(market.responses, "t", accepted("t", "a"), at: Self.start)
        try driver.pipe(market.responses, "t", accepted("t", "a"), at: Self.start)
        try driver.pipe(market.responses, "ghost", accepted("ghost", "a"), at: Self.start)
        try driver.pipe(market.requests, "t", request("t"), at: Self.start)
        #expect(try statuses(driver, market) == ["t requested", "t awarded"])
        try driver.advance(by: .seconds(30))
        #expect(driver.counters.snapshot.first { $0.key.reason == "unknownTask" }?.value == 1)
    }

    @Test func `a record under another key changes nothing, garbage is a dead letter, both go on`() throws {
        let market = market(try .rawAvro())
        let driver = try driver(StreamTopology("market") { market.mediator() })
        try driver.pipe(market.requests, "other", request("t"), at: Self.start)
        try driver.pipe(market.requests.name, key: "t", value: Bytes([1, 2, 3]), at: Self.start)
        try driver.pipe(market.commands.name, key: "t", value: Bytes("{"), at: Self.start)
        try driver.pipe(market.requests.name, key: nil, value: Bytes([6]), at: Self.start)
        #expect(try statuses(driver, market) == [])
        #expect(driver.takeDeadLetters().count == 3)
        try driver.pipe(market.requests, "t", request("t"), at: Self.start)
        #expect(try statuses(driver, market) == ["t requested"])
    }

    @Test func `RPK-16 the state that the audit folds into is the state in the store, after a crash too`() throws {
        let folder = "\(NSTemporaryDirectory())/market-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let market = market()
        let driver = try driver(StreamTopology("market") { market.mediator() }, folder: folder)
        try driver.crash(after: 3) {
            for number in 0..<5 {
                try driver.pipe(market.requests, "t\(number)", request("t\(number)"), at: Self.start)
                try driver.pipe(market.responses, "t\(number)", accepted("t\(number)", "a"), at: Self.start)
            }
        }
        let history = MarketHistory(of: try driver.take(market.audit).map(\.value))
        #expect(history.breaks.isEmpty)
        var stored: [String: MarketTask] = [:]
        for record in driver.takeChanges(of: "market-tasks") {
            let task = try market.taskStore.value.decode(record.value)
            stored[task.name] = task
        }
        #expect(stored == history.tasks)
        #expect(stored.count == 5)
    }

    @Test func `W50 two pools of executors claim, one works; work that outlasts the lease is renewed; it is done once`()
        async throws
    {
        try await OwnThread.run(named: "market-pools") {
            let market = market()
            let gate = Gate()
            let topology = try StreamTopology("world") {
                market.mediator()
                market.executor("red") { order, _ in await gate.work("red \(order.task) \(order.epoch)") }
                market.executor("blue") { order, _ in await gate.work("blue \(order.task) \(order.epoch)") }
            }
            let driver = try driver(topology)
            try driver.pipe(market.requests, "t", request("t"), at: Self.start)
            try driver.pipe(market.responses, "t", accepted("t", "a"), at: Self.start)
            while gate.begun.isEmpty { try driver.advance(by: .zero) }
            // Twice as long as a lease, in steps in which it can be renewed.
            for _ in 0..<12 { try driver.advance(by: .seconds(1)) }
            gate.open()
            #expect(try driver.awaitAnswers())
            let events = try statuses(driver, market)
            #expect(events.filter { $0 == "t claimed" }.count == 1)
            #expect(events.filter { $0 == "t renewed" }.count >= 4)
            #expect(events.last == "t completed")
            #expect(gate.begun.count == 1)
            #expect(driver.counters.snapshot.first { $0.key.reason == "claimedByOther" }?.value == 1)
        }
    }

    @Test func `W50 a failed try is open again after a pause, and is given up when the tries are used up`() async throws
    {
        try await OwnThread.run(named: "market-tries") {
            let market = market()
            let topology = try StreamTopology("world") {
                market.mediator()
                market.executor("red", options: AskOptions(retry: .never)) { order, _ in
                    throw AgentError("broken", "epoch \(order.epoch)", isRetryable: true)
                }
            }
            let driver = try driver(topology)
            try driver.pipe(market.requests, "t", request("t"), at: Self.start)
            try driver.pipe(market.responses, "t", accepted("t", "a"), at: Self.start)
            #expect(try driver.awaitAnswers())
            try driver.advance(by: .seconds(1))
            #expect(try driver.awaitAnswers())
            #expect(
                try statuses(driver, market) == [
                    "t requested", "t awarded", "t claimed", "t released", "t reopened", "t claimed", "t failed",
                ])
        }
    }

    @Test func `a provider answers each message once, whatever is repeated, after a crash too`() throws {
        let folder = "\(NSTemporaryDirectory())/market-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let market = market()
        let topology = try StreamTopology("analysts") { market.provider("analysts", policy: .original) }
        let driver = try driver(topology, folder: folder)
        let counter = NegotiationMessage(
            "t", from: "buyer", to: "analysts", round: 1, offer: 60, timestamp: Self.start)
        for _ in 0..<3 { try driver.pipe(market.requests, "t", request("t", "painting"), at: Self.start) }
        try driver.crash(after: 1) {
            for _ in 0..<3 { try driver.pipe(market.negotiations, "t", counter, at: Self.start) }
        }
        let said = try driver.take(market.negotiations).map(\.value).filter { $0.sender == "analysts" }
        #expect(said.map(\.offer) == [120, 60])
        #expect(said.map(\.approved) == [false, true])
        #expect(try driver.take(market.responses).map(\.value.status) == [.negotiating])
    }

    @Test func `rules that cannot hold are told before anything runs`() {
        var market = market()
        market.rules.rounds = 0
        #expect(throws: TopologyError.self) { try StreamTopology("market") { market.mediator() } }
    }
}

/// Work that lasts until the test says so.
private final class Gate: Sendable {
    private let state = Mutex<(begun: [String], isOpen: Bool)>(([], false))

    var begun: [String] { state.withLock { $0.begun } }

    func open() { state.withLock { $0.isOpen = true } }

    func work(_ name: String) async -> String? {
        state.withLock { $0.begun.append(name) }
        while !state.withLock({ $0.isOpen }) { try? await Task.sleep(for: .milliseconds(2)) }
        return name
    }
}
