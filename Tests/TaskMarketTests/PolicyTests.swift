import TaskMarket
import Testing

@Suite("Policies of a market")
struct PolicyTests {
    private func request(_ text: String, _ cost: Double?) -> TaskRequest {
        TaskRequest("t", requester: "r", description: text, proposedCost: cost, timestamp: 0)
    }

    @Test func `RPK-10 the original requester agrees up to 100, else names four fifths, or 50`() {
        let policy = RequesterPolicy.original
        func answer(_ price: Double?) -> CostAnswer { policy.onOffer.answer(CostQuestion(price: price)) }
        #expect(answer(100) == .accept(100))
        #expect(answer(100.5) == .counter(80.4))
        #expect(answer(nil) == .counter(50))
        #expect(answer(0) == .counter(50))
        #expect(policy.isRoundAlwaysOne)
    }

    @Test func `RPK-11 the original provider takes what it can do at any price and haggles about what it cannot`() {
        let policy = ProviderPolicy.original
        #expect(policy.answer(request("Data Processing of logs", 1_000_000)) == .accept(1_000_000))
        #expect(policy.answer(request("painting", 100)) == .counter(120))
        #expect(policy.answer(request("painting", 140)) == .counter(150))
        #expect(policy.answer(request("painting", 150)) == .refuse("Cost too high"))
        #expect(policy.onCounter.answer(CostQuestion(price: 30)) == .accept(30))
        #expect(policy.onCounter.answer(CostQuestion(price: 29.9)) == .refuse("Offer too low"))
    }

    @Test func `W52 a request without a price is answered, by the original's numbers too`() {
        #expect(ProviderPolicy.original.answer(request("data processing", nil)) == .accept(nil))
        #expect(ProviderPolicy.original.answer(request("painting", nil)) == .refuse("No cost was proposed"))
    }

    @Test func `W52 what a provider cannot do it refuses, what it can it prices`() {
        let policy = ProviderPolicy(
            capability: .words("sales analysis"), whenCapable: .accept(atLeast: 50, else: .counter(60)),
            onCounter: .accept(atLeast: 50, else: .refuse("no")))
        #expect(policy.answer(request("an analysis of the sales", 55)) == .accept(55))
        #expect(policy.answer(request("SALES_ANALYSIS", 10)) == .counter(60))
        #expect(policy.answer(request("analysis", 55)) == .refuse("this is nothing we do"))
        #expect(policy.answer(request("psychoanalysis of salespeople", 55)) == .refuse("this is nothing we do"))
        #expect(policy.answer(request("sales analysis", nil)) == .counter(60))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -1])
    func `a price that is none is refused by every policy, and never named by one`(price: Double) {
        let policies: [CostPolicy] = [
            .acceptAny, .accept(upTo: 100, else: .acceptAny), .accept(atLeast: 0, else: .acceptAny),
            .counter(times: 2, withoutPrice: 1), RequesterPolicy.original.onOffer,
        ]
        for policy in policies {
            guard case .refuse = policy.answer(CostQuestion(price: price)) else {
                Issue.record("\(price) was not refused")
                continue
            }
        }
        guard case .refuse = CostPolicy({ _ in .counter(price) }).answer(CostQuestion(price: 1)) else {
            Issue.record("\(price) was named")
            return
        }
    }

    @Test func `policies are made of policies, by price and by round`() {
        let policy = CostPolicy.accept(
            upTo: 10, else: .rounds(2, .counter(times: 0.5, atLeast: 8, withoutPrice: 5), then: .refuse("enough")))
        #expect(policy.answer(CostQuestion(price: 10, round: 9)) == .accept(10))
        #expect(policy.answer(CostQuestion(price: 12, round: 1)) == .counter(8))
        #expect(policy.answer(CostQuestion(price: nil, round: 1)) == .counter(5))
        #expect(policy.answer(CostQuestion(price: 12, round: 2)) == .refuse("enough"))
    }
}
