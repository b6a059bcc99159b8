import StreamCore
import Testing

@testable import TaskMarket

/// One task, message by message.
struct TaskBench {
    var rules = MarketRules(
        bidding: .seconds(20), lifetime: .seconds(60), rounds: 2, lease: .seconds(5), attempts: 2,
        retryPause: .seconds(1))
    var task: MarketTask?
    var now: Int64 = 1_000_000
    var events: [MarketEvent] = []

    /// What became of `input`: the kinds of events, `duplicate`, or the refusal's code.
    mutating func tell(_ input: MarketInput) -> [String] {
        let decision = MarketDecision(on: input, of: task, at: Timestamp(milliseconds: now), rules)
        return note(decision)
    }

    mutating func pass(_ milliseconds: Int64) -> [String] {
        now += milliseconds
        return note(MarketDecision(of: task, at: Timestamp(milliseconds: now), rules))
    }

    private mutating func note(_ decision: MarketDecision) -> [String] {
        task = decision.task
        events += decision.events
        return decision.events.map(\.change.kind.rawValue) + (decision.isDuplicate ? ["duplicate"] : [])
            + (decision.refusal.map { [$0.code.rawValue] } ?? [])
    }

    mutating func request(_ cost: Double? = 100, at moment: Int64? = nil) -> [String] {
        tell(
            .request(
                TaskRequest(
                    "t", requester: "buyer", description: "d", proposedCost: cost, timestamp: moment ?? now)))
    }

    mutating func respond(_ who: String, _ status: MarketStatus, _ price: Double? = nil) -> [String] {
        now += 1
        return tell(.response(TaskResponse("t", responder: who, status, counterOffer: price, timestamp: now)))
    }

    mutating func say(_ from: String, _ to: String, _ offer: Double?, approved: Bool = false) -> [String] {
        now += 1
        return tell(
            .negotiation(
                NegotiationMessage(
                    "t", from: from, to: to, round: 1, offer: offer, approved: approved, timestamp: now)))
    }

    mutating func ask(_ who: String, _ action: MarketCommand.Action, epoch: Int = 1) -> [String] {
        now += 1
        return tell(.command(MarketCommand(action, "t", by: who, epoch: epoch, timestamp: now)))
    }
}

@Suite("Decisions about a task")
struct MarketDecisionTests {
    @Test func `W50 a task is awarded once: the second provider comes too late`() {
        var bench = TaskBench()
        #expect(bench.request() == ["requested"])
        #expect(bench.respond("a", .accepted) == ["awarded"])
        #expect(bench.respond("b", .accepted) == ["alreadyAwarded"])
        #expect(bench.respond("a", .accepted) == ["duplicate"])
        #expect(bench.task?.award == MarketAward(provider: "a", price: 100))
    }

    @Test func `a provider that answers twice, differently, keeps to its first word`() {
        var bench = TaskBench()
        _ = bench.request()
        #expect(bench.respond("a", .rejected) == ["declined"])
        #expect(bench.respond("a", .accepted) == ["bidClosed"])
        #expect(bench.respond("a", .rejected) == ["duplicate"])
        #expect(bench.say("a", "buyer", 10) == ["bidClosed"])
    }

    @Test func `a price above what was proposed waits for the requester, whichever comes first`() {
        var bench = TaskBench()
        _ = bench.request()
        #expect(bench.respond("a", .negotiating, 120) == ["offered"])
        #expect(bench.say("a", "buyer", 120) == ["offered"])
        #expect(bench.respond("a", .accepted, 120) == ["held"])
        #expect(bench.say("buyer", "a", 110, approved: true) == ["priceMismatch"])
        #expect(bench.say("buyer", "a", 120, approved: true) == ["approved", "awarded"])
        var other = TaskBench()
        _ = other.request()
        _ = other.say("a", "buyer", 120)
        #expect(other.say("buyer", "a", 120, approved: true) == ["approved"])
        #expect(other.respond("a", .accepted, 130) == ["priceMismatch"])
        #expect(other.respond("a", .accepted) == ["awarded"])
    }

    @Test func `W50 the round limit ends the talk, and with it the task when nobody else is left`() {
        var bench = TaskBench()
        bench.rules.providers = 1
        _ = bench.request()
        #expect(bench.say("a", "buyer", 200) == ["offered"])
        #expect(bench.say("buyer", "a", 50) == ["countered"])
        #expect(bench.say("a", "buyer", 190) == ["offered"])
        #expect(bench.say("buyer", "a", 60) == ["countered"])
        #expect(bench.say("a", "buyer", 180) == ["declined", "rejected"])
        #expect(bench.say("a", "buyer", 170) == ["taskIsOver"])
    }

    @Test func `W50 two executors claim: one works, the other is told, and its result is refused`() {
        var bench = TaskBench()
        _ = bench.request()
        #expect(bench.ask("x", .claim) == ["notAwarded"])
        _ = bench.respond("a", .accepted)
        #expect(bench.ask("x", .claim) == ["claimed"])
        #expect(bench.ask("y", .claim) == ["claimedByOther"])
        #expect(bench.ask("x", .claim) == ["duplicate"])
        #expect(bench.ask("y", .complete(result: "mine")) == ["claimedByOther"])
        #expect(bench.ask("x", .complete(result: "done")) == ["completed"])
        #expect(bench.ask("x", .complete(result: "again")) == ["taskIsOver"])
    }

    @Test func `W50 a lease that is not renewed goes to another under a new epoch, as often as the rules say`() {
        var bench = TaskBench()
        _ = bench.request()
        _ = bench.respond("a", .accepted)
        _ = bench.ask("x", .claim)
        #expect(bench.pass(4_000) == [])
        #expect(bench.ask("x", .renew) == ["renewed"])
        #expect(bench.pass(4_900) == [])
        #expect(bench.pass(200) == ["released"])
        #expect(bench.ask("y", .claim, epoch: 2) == ["notOpen"])
        #expect(bench.pass(1_000) == ["reopened"])
        #expect(bench.ask("x", .complete(result: "late")) == ["staleEpoch"])
        #expect(bench.ask("y", .claim, epoch: 2) == ["claimed"])
        #expect(bench.ask("x", .renew) == ["staleEpoch"])
        #expect(bench.ask("y", .fail(reason: "broke", isRetryable: true), epoch: 2) == ["failed"])
        #expect(bench.task?.outcome == "'y': broke, after 2 tries")
    }

    @Test func `RPK-12 an original executor claims by saying RUNNING, and only the one that did may end the task`() {
        var bench = TaskBench()
        _ = bench.request()
        #expect(bench.respond("executor-1", .running) == ["notAwarded"])
        _ = bench.respond("a", .accepted)
        #expect(bench.respond("executor-1", .completed) == ["notClaimed"])
        #expect(bench.respond("executor-1", .running) == ["claimed"])
        #expect(bench.respond("executor-2", .running) == ["claimedByOther"])
        #expect(bench.respond("executor-2", .completed) == ["claimedByOther"])
        #expect(bench.respond("executor-1", .completed) == ["completed"])
    }

    @Test func `every message that comes again is known, in any order`() {
        var bench = TaskBench()
        let request = MarketInput.request(
            TaskRequest("t", requester: "buyer", description: "d", proposedCost: 50, timestamp: 1_000_000))
        let offer = MarketInput.negotiation(
            NegotiationMessage("t", from: "a", to: "buyer", round: 1, offer: 90, timestamp: 1_000_001))
        let counter = MarketInput.negotiation(
            NegotiationMessage("t", from: "buyer", to: "a", round: 1, offer: 60, timestamp: 1_000_002))
        for input in [request, offer, counter] { _ = bench.tell(input) }
        let before = bench.task
        for input in [counter, request, offer, offer, counter] { #expect(bench.tell(input) == ["duplicate"]) }
        #expect(bench.task == before)
    }

    @Test func `W50 nothing is open after its deadline, and a clock that is set back changes nothing`() {
        var bench = TaskBench()
        _ = bench.request()
        _ = bench.say("a", "buyer", 120)
        bench.now -= 3_600_000
        #expect(bench.say("buyer", "a", 110) == ["countered"])
        let times = bench.events.map(\.time)
        #expect(times == times.sorted())
        #expect(bench.pass(3_600_000 + 20_000) == ["expired"])
        #expect(bench.respond("a", .accepted, 110) == ["taskIsOver"])
        var jump = TaskBench()
        _ = jump.request()
        _ = jump.respond("a", .accepted)
        #expect(jump.pass(86_400_000) == ["expired"])
    }

    @Test func `a deadline in the past ends the task at once, a request from the future has no more time than others`()
    {
        var bench = TaskBench()
        #expect(bench.request(at: 1_000_000 - 60_000) == ["requested", "expired"])
        var future = TaskBench()
        #expect(future.request(at: .max) == ["requested"])
        #expect(future.task?.deadline == Timestamp(milliseconds: 1_060_000))
        var ancient = TaskBench()
        #expect(ancient.request(at: .min) == ["requested", "expired"])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, -0.01])
    func `a price that is none changes nothing`(price: Double) {
        var bench = TaskBench()
        #expect(bench.request(price) == ["invalidPrice"])
        #expect(bench.task == nil)
        _ = bench.request()
        #expect(bench.respond("a", .accepted, price) == ["invalidPrice"])
        #expect(bench.say("a", "buyer", price) == ["invalidPrice"])
        #expect(bench.respond("a", .accepted) == ["awarded"])
    }

    @Test func `W52 a task without a price can be taken without one, and at one the requester agrees to`() {
        var bench = TaskBench()
        _ = bench.request(nil)
        #expect(bench.respond("a", .accepted) == ["awarded"])
        #expect(bench.task?.award?.price == nil)
        var priced = TaskBench()
        _ = priced.request(nil)
        #expect(priced.respond("a", .accepted, 1_000_000) == ["held"])
        #expect(priced.say("buyer", "a", 1_000_000, approved: true) == ["approved", "awarded"])
    }

    @Test func `strangers, wrong names and endless texts change nothing`() {
        var bench = TaskBench()
        _ = bench.request()
        #expect(bench.say("eve", "mallory", 1, approved: true) == ["notAParty"])
        #expect(bench.say("buyer", "a", 1, approved: true) == ["noSuchOffer"])
        #expect(bench.ask("eve", .cancel) == ["notTheRequester"])
        #expect(bench.respond("", .accepted) == ["invalidName"])
        #expect(bench.respond(String(repeating: "x", count: 513), .accepted) == ["invalidName"])
        #expect(bench.respond("a", .expired) == ["notAllowed"])
        #expect(bench.respond("a", .pending) == ["notAllowed"])
        let long = TaskRequest("u", requester: "r", description: String(repeating: "x", count: 70_000), timestamp: 0)
        let decision = MarketDecision(
            on: .request(long), of: nil, at: Timestamp(milliseconds: 0), bench.rules)
        #expect(decision.refusal?.code == .tooLarge)
        for number in 0..<bench.rules.bids { #expect(bench.respond("p\(number)", .rejected) == ["declined"]) }
        #expect(bench.respond("one too many", .accepted) == ["tooManyBids"])
        #expect(bench.ask("buyer", .cancel) == ["cancelled"])
        #expect(bench.ask("buyer", .cancel) == ["duplicate"])
    }

    @Test func `RPK-16 a history folds into the state it came from, at every moment, and broken ones are noticed`()
        throws
    {
        var bench = TaskBench()
        _ = bench.request()
        _ = bench.say("a", "buyer", 120)
        _ = bench.say("buyer", "a", 110)
        let middle = bench.now
        let then = bench.task
        bench.now += 100
        _ = bench.respond("a", .accepted, 110)
        _ = bench.ask("x", .claim)
        _ = bench.ask("x", .complete(result: "done"))
        #expect(MarketHistory(of: bench.events).tasks["t"] == bench.task)
        let past = MarketHistory(of: bench.events, until: Timestamp(milliseconds: middle))
        #expect(past.tasks["t"] == then)
        let repeated = MarketHistory(of: bench.events + bench.events)
        #expect(repeated.tasks["t"] == bench.task && repeated.breaks.isEmpty)
        for index in bench.events.indices.dropLast() {
            var events = bench.events
            events.remove(at: index)
            #expect(!MarketHistory(of: events).breaks.isEmpty)
        }
    }

    @Test func `RPK-19 states and events survive their serdes as they are`() throws {
        var bench = TaskBench()
        _ = bench.request(nil)
        _ = bench.say("a", "buyer", 0.1 + 0.2)
        _ = bench.say("buyer", "a", 0.1 + 0.2, approved: true)
        _ = bench.respond("a", .accepted)
        _ = bench.ask("x", .claim)
        let market = Market("m", rules: bench.rules, format: .json)
        let task = try #require(bench.task)
        let copy = try market.taskStore.value.decode(market.taskStore.value.encode(task))
        #expect(copy == task)
        for event in bench.events {
            let again = try market.audit.value.decode(market.audit.value.encode(event))
            #expect(again == event)
        }
    }
}
