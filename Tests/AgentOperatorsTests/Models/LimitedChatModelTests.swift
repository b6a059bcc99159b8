import ChatModels
import Observability
import StreamCore
import Synchronization
import Testing

@testable import AgentOperators

/// A model that does what a test says, without a network.
private final class FakeModel: ChatModel {
    let name: String
    private let answer: @Sendable (Int, ChatRequest) async throws -> ChatReply
    private let count = Mutex(0)

    init(_ name: String = "fake", _ answer: @escaping @Sendable (Int, ChatRequest) async throws -> ChatReply) {
        self.name = name
        self.answer = answer
    }

    var calls: Int { count.withLock { $0 } }

    func complete(_ request: ChatRequest) async throws -> ChatReply {
        let number = count.withLock { count in
            count += 1
            return count - 1
        }
        return try await answer(number, request)
    }

    /// The text in parts of one character; an error comes after the first three.
    func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error> {
        AsyncThrowingStream { continuation in
            Task {
                do {
                    let reply = try await complete(request)
                    for character in reply.message.content.prefix(3) { continuation.yield(.text(String(character))) }
                    if reply.finishReason == .length { throw ChatModelError(.cut, "scripted") }
                    continuation.yield(.text(String(reply.message.content.dropFirst(3))))
                    continuation.yield(.finish(.stop))
                    if let usage = reply.usage { continuation.yield(.usage(usage)) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}

/// A clock that jumps when somebody waits.
private func jumping(_ clock: ManualWallClock) -> ModelClock {
    ModelClock(clock) { duration in
        try Task.checkCancellation()
        clock.advance(by: duration)
    }
}

private func reply(_ input: Int = 10, _ output: Int = 5, _ text: String = "ok") -> ChatReply {
    ChatReply(.assistant(text), usage: TokenUsage(input: input, output: output))
}

@Suite("LimitedChatModel", .timeLimit(.minutes(15)))
struct LimitedChatModelTests {
    private let hello = ChatRequest([.user("hello")], maxTokens: 10, accounts: ["tenant/acme"])

    @Test func `without limits a call is a call`() async throws {
        let counters = Counters()
        let model = LimitedChatModel(FakeModel { _, _ in reply() }, .init(), counters: counters)
        #expect(try await model.complete(hello).message.content == "ok")
        #expect(counters["model_calls", step: "fake"] == 1)
        #expect(counters["model_tokens", step: "fake", reason: "input"] == 10)
        #expect(counters["model_tokens", step: "fake", reason: "output"] == 5)
    }

    @Test func `calls wait for their rate, and not beyond their deadline`() async throws {
        let clock = ManualWallClock()
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .zero))
        let fake = FakeModel { _, _ in reply() }
        let model = LimitedChatModel(fake, .init(rate: rate), clock: jumping(clock))
        for _ in 0..<5 { _ = try await model.complete(hello) }
        #expect(clock.now().milliseconds == 4_000)
        var late = hello
        late.deadline = clock.now() + .milliseconds(500)
        let request = late
        let error = await #expect(throws: ChatModelError.self) { try await model.complete(request) }
        #expect(error?.code == .limited)
        #expect(error?.isRetryable == true)
        #expect(fake.calls == 5)
    }

    @Test func `Retry-After of one call holds for the others of the credential`() async throws {
        let clock = ManualWallClock()
        let rate = ModelRate(.init(requestsPerMinute: 6_000))
        let first = FakeModel("a") { number, _ in
            if number == 0 { throw ChatModelError(.rateLimited, "slow down", status: 429, retryAfter: .seconds(20)) }
            return reply()
        }
        let starts = Mutex<[Int64]>([])
        let second = FakeModel("b") { _, _ in
            starts.withLock { $0.append(clock.now().milliseconds) }
            return reply()
        }
        let limits = LimitedChatModel.Limits(rate: rate)
        await #expect(throws: ChatModelError.self) {
            try await LimitedChatModel(first, limits, clock: jumping(clock)).complete(hello)
        }
        _ = try await LimitedChatModel(second, limits, clock: jumping(clock)).complete(hello)
        #expect(starts.withLock { $0 } == [20_000])
    }

    @Test func `retries here honour Retry-After and the deadline`() async throws {
        let clock = ManualWallClock()
        let fake = FakeModel { number, _ in
            if number < 2 { throw ChatModelError(.rateLimited, "", retryAfter: .seconds(7)) }
            return reply()
        }
        let limits = LimitedChatModel.Limits(retry: RetryPolicy(attempts: 3, first: .milliseconds(1)))
        let counters = Counters()
        let model = LimitedChatModel(fake, limits, counters: counters, clock: jumping(clock))
        _ = try await model.complete(hello)
        #expect(clock.now().milliseconds == 14_000)
        #expect(counters["model_retries", step: "fake"] == 2)
        #expect(counters["model_failures", step: "fake", reason: "rateLimited"] == 2)
        let never = FakeModel { _, _ in throw ChatModelError(.rateLimited, "", retryAfter: .seconds(7)) }
        var soon = hello
        soon.deadline = clock.now() + .seconds(5)
        let request = soon
        await #expect(throws: ChatModelError.self) {
            try await LimitedChatModel(never, limits, clock: jumping(clock)).complete(request)
        }
        #expect(never.calls == 1)
        let final = FakeModel { _, _ in throw ChatModelError(.unauthorized, "") }
        await #expect(throws: ChatModelError.self) {
            try await LimitedChatModel(final, limits, clock: jumping(clock)).complete(hello)
        }
        #expect(final.calls == 1)
    }

    @Test func `a breaker opens on trouble, not on refusals or full buckets`() async throws {
        let clock = ManualWallClock()
        func run(_ error: ChatModelError) async -> CircuitBreaker.State {
            let breaker = CircuitBreaker(.init(failures: 2, pause: .minutes(5)))
            let model = LimitedChatModel(
                FakeModel { _, _ in throw error }, .init(breaker: breaker), clock: jumping(clock))
            for _ in 0..<2 { await #expect(throws: ChatModelError.self) { try await model.complete(hello) } }
            guard case .open = breaker.state else { return breaker.state }
            let refused = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
            #expect(refused?.code == .limited)
            return breaker.state
        }
        guard case .open = await run(ChatModelError(.overloaded, "")) else {
            Issue.record("two failures open it")
            return
        }
        #expect(await run(ChatModelError(.invalidRequest, "")) == .closed(failures: 0))
        #expect(await run(ChatModelError(.rateLimited, "")) == .closed(failures: 0))
    }

    @Test func `a budget stops calls, typed, with when to come again`() async throws {
        let clock = ManualWallClock()
        let ledger = BudgetLedger(writer: "i") { _ in [Budget("daily", .tokens(30), per: .day)] }
        let fake = FakeModel { _, _ in reply() }
        let model = LimitedChatModel(fake, .init(budgets: ledger), clock: jumping(clock))
        for _ in 0..<2 { _ = try await model.complete(hello) }
        let error = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
        #expect(error?.code == .budgetExceeded)
        #expect(error?.retryAfter == .hours(24))
        #expect(error?.isRetryable == true)
        #expect(fake.calls == 2)
        var free = hello
        free.accounts = []
        _ = try await model.complete(free)
        clock.advance(by: .hours(24))
        _ = try await model.complete(hello)
        let total = BudgetLedger(writer: "i") { _ in [Budget("all", .tokens(0), per: .total)] }
        let stopped = await #expect(throws: ChatModelError.self) {
            try await LimitedChatModel(fake, .init(budgets: total)).complete(hello)
        }
        #expect(stopped?.isRetryable == false)
    }

    @Test func `a budget in money degrades to a cheaper model, which is paid for too`() async throws {
        let budget = Budget("money", .cost(0.001), per: .total, onExhaustion: .degrade)
        let ledger = BudgetLedger(writer: "i") { _ in [budget] }
        let dear = FakeModel("dear") { _, _ in reply(100, 100) }
        let cheap = FakeModel("cheap") { _, _ in reply(100, 100, "cheap") }
        let limits = LimitedChatModel.Limits(
            budgets: ledger,
            prices: ["dear": ModelPrice(input: 5, output: 10), "cheap": ModelPrice(input: 0.5, output: 1)],
            fallback: cheap)
        let model = LimitedChatModel(dear, limits)
        #expect(try await model.complete(hello).message.content == "ok")
        #expect(try await model.complete(hello).message.content == "cheap")
        #expect(ledger.spent("tenant/acme", budget, now: Timestamp(milliseconds: 0)).cost == 1_500 + 150)
        let unpriced = LimitedChatModel(FakeModel("new") { _, _ in reply() }, limits)
        let fresh = BudgetLedger(writer: "i") { _ in [budget] }
        var other = limits
        other.budgets = fresh
        let error = await #expect(throws: ChatModelError.self) {
            try await LimitedChatModel(unpriced, other).complete(hello)
        }
        #expect(error?.message.contains("no price for 'new'") == true)
    }

    @Test func `an answer that breaks off is paid for as far as it came, a refusal is not`() async throws {
        let budget = Budget("all", .tokens(1_000), per: .total)
        func spent(_ answer: @escaping @Sendable (Int, ChatRequest) async throws -> ChatReply) async -> Int64 {
            let ledger = BudgetLedger(writer: "i") { _ in [budget] }
            let model = LimitedChatModel(FakeModel("m", answer), .init(budgets: ledger))
            await #expect(throws: ChatModelError.self) { try await model.complete(hello) { _ in } }
            #expect(ledger.spent("tenant/acme", budget, now: Timestamp(milliseconds: 0)).cost == 0)
            return ledger.spent("tenant/acme", budget, now: Timestamp(milliseconds: 0)).tokens
        }
        let broken = await spent { _, _ in ChatReply(.assistant("abcdef"), finishReason: .length) }
        #expect(broken == Int64(TokenEstimate.input(hello) + 1))
        #expect(await spent { _, _ in throw ChatModelError(.rateLimited, "") } == 0)
    }

    @Test func `streams pass the limits, whole and in order`() async throws {
        let ledger = BudgetLedger(writer: "i") { _ in [Budget("all", .tokens(20), per: .total)] }
        let model = LimitedChatModel(FakeModel { _, _ in reply(10, 12, "abcdef") }, .init(budgets: ledger))
        let text = Mutex("")
        let whole = try await model.complete(hello) { delta in
            if case .text(let more) = delta { text.withLock { $0 += more } }
        }
        #expect(text.withLock { $0 } == "abcdef")
        #expect(whole.usage == TokenUsage(input: 10, output: 12))
        await #expect(throws: ChatModelError.self) { try await model.complete(hello) { _ in } }
    }

    @Test func `a stream that has begun is not begun again`() async throws {
        let fake = FakeModel { _, _ in ChatReply(.assistant("abcdef"), finishReason: .length) }
        let limits = LimitedChatModel.Limits(retry: RetryPolicy(attempts: 5, first: .milliseconds(1)))
        await #expect(throws: ChatModelError.self) { try await LimitedChatModel(fake, limits).complete(hello) { _ in } }
        #expect(fake.calls == 1)
    }
}

@Suite("Bulkhead", .timeLimit(.minutes(15)))
struct BulkheadTests {
    private let hello = ChatRequest([.user("hello")])

    @Test func `so many calls run at once, some wait in order, the rest are refused`() async throws {
        let bulkhead = Bulkhead(maxConcurrent: 2, maxWaiting: 3)
        let most = Mutex((now: 0, most: 0))
        let gate = Bulkhead(maxConcurrent: 1)
        try await gate.enter()
        let fake = FakeModel { _, _ in
            most.withLock { most in
                most.now += 1
                most.most = max(most.most, most.now)
            }
            defer { most.withLock { $0.now -= 1 } }
            try await gate.enter()
            gate.leave()
            return reply()
        }
        let model = LimitedChatModel(fake, .init(bulkhead: bulkhead))
        let calls = (0..<5).map { _ in Task { try await model.complete(hello) } }
        while bulkhead.waiting < 3 { try await Task.sleep(for: .milliseconds(1)) }
        let refused = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
        #expect(refused?.code == .limited)
        calls[4].cancel()
        gate.leave()
        var answered = 0
        for call in calls where (try? await call.value) != nil { answered += 1 }
        #expect((4...5).contains(answered))
        #expect(most.withLock { $0.most } == 2)
        #expect(bulkhead.running == 0)
        #expect(bulkhead.waiting == 0)
    }

    @Test func `whoever waits too long gives up, and leaves no hole`() async throws {
        let bulkhead = Bulkhead(maxConcurrent: 1)
        try await bulkhead.enter()
        let model = LimitedChatModel(
            FakeModel { _, _ in reply() }, .init(bulkhead: bulkhead, maxWait: .milliseconds(30)))
        let error = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
        #expect(error?.code == .limited)
        #expect(bulkhead.waiting == 0)
        bulkhead.leave()
        _ = try await model.complete(hello)
        #expect(bulkhead.running == 0)
    }

    @Test func `cancellation at any moment leaves no room taken`() async throws {
        let bulkhead = Bulkhead(maxConcurrent: 3, maxWaiting: 1_000)
        let model = LimitedChatModel(
            FakeModel { _, _ in
                await Task.yield()
                return reply()
            }, .init(bulkhead: bulkhead))
        let calls = (0..<300).map { number in
            let call = Task { try await model.complete(hello) }
            if number % 3 == 0 { call.cancel() }
            return call
        }
        for (number, call) in calls.enumerated() where number % 5 == 0 { call.cancel() }
        for call in calls { _ = try? await call.value }
        #expect(bulkhead.running == 0)
        #expect(bulkhead.waiting == 0)
    }
}
