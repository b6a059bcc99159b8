import ChatModels
import Foundation
import StreamCore
import Synchronization
import Testing

@testable import AgentOperators

private let hour: Int64 = 3_600_000
private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

@Suite("BudgetLedger")
struct BudgetTests {
    private let daily = Budget("daily", .tokens(1_000), per: .day)

    private func spend(
        _ ledger: BudgetLedger, _ accounts: [String], _ tokens: Int64, cost: Int64 = 0, at now: Timestamp
    ) -> Bool {
        guard case .granted(let reservation) = ledger.reserve(accounts, Spending(tokens: tokens), now: now) else {
            return false
        }
        ledger.settle(reservation, Spending(tokens: tokens, cost: cost))
        return true
    }

    @Test func `calls go on while anything is left, and then not until the window ends`() {
        let ledger = BudgetLedger(writer: "a") { _ in [daily] }
        let now = at(5 * hour)
        #expect(spend(ledger, ["t"], 999, at: now))
        #expect(spend(ledger, ["t"], 300, at: now))
        #expect(!spend(ledger, ["t"], 1, at: now))
        guard case .exhausted(let account, let budget, let wait) = ledger.reserve(["t"], Spending(), now: now) else {
            Issue.record("a budget that is used up grants nothing")
            return
        }
        #expect(account == "t")
        #expect(budget == daily)
        #expect(wait == .hours(19))
        #expect(spend(ledger, ["u"], 1, at: now))
        #expect(spend(ledger, ["t"], 1, at: at(24 * hour)))
        #expect(ledger.spent("t", daily, now: at(24 * hour)) == Spending(tokens: 1))
    }

    @Test func `many calls at once do not each overdraw it`() {
        let ledger = BudgetLedger(writer: "a") { _ in [daily] }
        let granted = (0..<64).compactMap { _ -> BudgetLedger.Reservation? in
            guard case .granted(let reservation) = ledger.reserve(["t"], Spending(tokens: 300), now: at(0)) else {
                return nil
            }
            return reservation
        }
        #expect(granted.count == 4)
        for reservation in granted { ledger.settle(reservation, Spending(tokens: 100)) }
        #expect(ledger.spent("t", daily, now: at(0)) == Spending(tokens: 400))
        #expect(spend(ledger, ["t"], 600, at: at(0)))
        #expect(!spend(ledger, ["t"], 1, at: at(0)))
    }

    @Test func `all accounts of a call must have something left, and all pay`() {
        let total = Budget("all", .cost(0.5), per: .total)
        let ledger = BudgetLedger(writer: "a") { $0.hasPrefix("tenant/") ? [total] : [daily] }
        #expect(spend(ledger, ["tenant/acme", "agent/x"], 10, cost: 500_000, at: at(0)))
        #expect(!spend(ledger, ["agent/x", "tenant/acme"], 10, at: at(0)))
        #expect(spend(ledger, ["agent/x"], 10, at: at(0)))
        #expect(ledger.spent("agent/x", daily, now: at(0)).tokens == 20)
        guard case .exhausted(_, _, let wait) = ledger.reserve(["tenant/acme"], Spending(), now: at(hour)) else {
            Issue.record("a total that is used up stays so")
            return
        }
        #expect(wait == nil)
    }

    @Test func `warnings come once for each window and step`() {
        let warnings = Mutex<[String]>([])
        let hourly = Budget("hourly", .tokens(100), per: .hour, warnAt: 0.5)
        let ledger = BudgetLedger(writer: "a") { warning in
            warnings.withLock { $0.append("\(warning.spent.tokens) \(warning.isExhausted)") }
        } budgets: { _ in
            [hourly]
        }
        for amount in [40, 20, 20, 30] { _ = spend(ledger, ["t"], Int64(amount), at: at(0)) }
        _ = spend(ledger, ["t"], 200, at: at(hour))
        #expect(warnings.withLock { $0 } == ["60 false", "110 true", "200 true"])
    }

    @Test func `what is kept is taken back, in any order, as often as one likes`() throws {
        let budgets: @Sendable (String) -> [Budget] = { _ in
            [Budget("d", .tokens(10_000), per: .day), Budget("t", .cost(100), per: .total)]
        }
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let instances = ["a", "b", "c"].map { BudgetLedger(writer: $0, budgets: budgets) }
        // A compacted topic: the last entry of a key stays.
        var topic: [String: BudgetEntry] = [:]
        var history: [BudgetEntry] = []
        var now: Int64 = 20 * hour
        var spentToday: Int64 = 0
        for _ in 0..<300 {
            let before = at(now)
            now += Int64(random.below(120_000))
            if Budget.Window.day.start(before) != Budget.Window.day.start(at(now)) { spentToday = 0 }
            let tokens = Int64(random.below(50))
            if spend(instances[random.below(3)], ["t"], tokens, cost: tokens, at: at(now)) { spentToday += tokens }
            for instance in instances where random.happens(500) {
                for entry in instance.changes() {
                    topic[entry.key] = entry
                    history.append(entry)
                }
            }
        }
        for instance in instances { for entry in instance.changes() { topic[entry.key] = entry } }
        let data = try JSONEncoder().encode(topic.values.shuffled(using: &random))
        let kept = try JSONDecoder().decode([BudgetEntry].self, from: data)
        let restarted = BudgetLedger(writer: "a", budgets: budgets)
        restarted.merge(kept)
        restarted.merge(history.shuffled(using: &random))
        restarted.merge(kept)
        let day = budgets("t")[0]
        #expect(restarted.spent("t", day, now: at(now)).tokens == spentToday, "seed \(seed)")
        #expect(restarted.changes() == [])
        // Its own count goes on from what it had.
        let mine = kept.first { $0.writer == "a" && $0.window == .total }?.spent.cost ?? 0
        #expect(spend(restarted, ["t"], 1, cost: 5, at: at(now)))
        #expect(restarted.changes().first { $0.window == .total }?.spent.cost == mine + 5)
    }

    @Test func `keys tell accounts apart whatever they are called`() {
        func key(_ account: String, _ budget: String) -> String {
            BudgetEntry(
                account: account, budget: budget, window: .day, writer: "w", start: at(0), spent: Spending()
            ).key
        }
        #expect(key("a|b", "c") != key("a", "b|c"))
        #expect(key("a\\", "p") != key("a|", "p"))
        #expect(key("a", "b") == "a|b|day|w")
    }

    @Test func `windows that are over are forgotten`() {
        let ledger = BudgetLedger(writer: "a") { _ in [daily] }
        for number in 0..<5_000 { _ = spend(ledger, ["t\(number)"], 1, at: at(Int64(number) * hour)) }
        #expect(ledger.entries(now: at(5_000 * hour)).count <= 24)
    }

    @Test func `a price is for a million tokens, and is rounded up`() {
        let price = ModelPrice(input: 2.5, cachedInput: 0.25, output: 10)
        #expect(price.cost(of: TokenUsage(input: 1_000_000, cachedInput: 400_000, output: 100_000)) == 2_600_000)
        #expect(price.cost(of: TokenUsage(input: 1)) == 3)
        #expect(price.cost(of: TokenUsage()) == 0)
        #expect(price.cost(of: TokenUsage(input: 5, cachedInput: 9)) == 2)
        #expect(ModelPrice(input: .infinity, output: 1).cost(of: TokenUsage(input: 1)) == .max)
    }
}
