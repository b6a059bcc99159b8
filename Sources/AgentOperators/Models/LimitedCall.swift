import ChatModels
import JSON
import Observability
import StreamCore
import Synchronization

/// How much of an answer has come: what is paid for when it breaks off.
final class AnswerMeter: Sendable {
    private let bytes = Mutex<Int?>(nil)

    func see(_ delta: ChatDelta) {
        let more =
            switch delta {
            case .text(let text): text.utf8.count
            case .toolCall(_, _, _, let arguments): arguments.utf8.count
            case .start, .finish, .usage: 0
            }
        bytes.withLock { $0 = ($0 ?? 0) + more }
    }

    /// The tokens written so far; nil when nothing has come.
    var tokens: Int? { bytes.withLock { $0 }.map { TokenEstimate.tokens(bytes: $0) } }
}

/// Tokens by rule of thumb: one for four bytes.
enum TokenEstimate {
    static func tokens(bytes: Int) -> Int { (bytes + 3) / 4 }

    static func input(_ request: ChatRequest) -> Int {
        let messages = request.messages.reduce(0) { sum, message in
            sum + 16 + message.content.utf8.count + message.toolCalls.reduce(0) { $0 + $1.arguments.utf8.count + 32 }
                + message.images.count * 3_000
        }
        let tools = request.tools.reduce(0) { $0 + $1.description.utf8.count + $1.parameters.json.text.utf8.count }
        return tokens(bytes: messages + tools)
    }
}

/// One call through the limits.
struct LimitedCall: Sendable {
    typealias Body = @Sendable (any ChatModel, ChatRequest, AnswerMeter) async throws -> ChatReply

    private let owner: LimitedChatModel
    private let request: ChatRequest
    private let latest: Timestamp
    private let estimate: TokenUsage

    private var limits: LimitedChatModel.Limits { owner.limits }
    private var clock: ModelClock { owner.clock }

    init(_ owner: LimitedChatModel, _ request: ChatRequest) {
        self.owner = owner
        self.request = request
        let end = owner.clock.now() + owner.limits.maxWait
        latest = request.deadline.map { min($0, end) } ?? end
        estimate = TokenUsage(
            input: TokenEstimate.input(request), output: request.maxTokens ?? owner.limits.expectedOutput)
    }

    func run(_ body: @escaping Body) async throws -> ChatReply {
        var attempt = 1
        while true {
            let meter = AnswerMeter()
            do {
                // Each try may wait for its turn as long as the first.
                return try await LimitedCall(owner, request).once(meter, body)
            } catch let error as ChatModelError {
                count("model_failures", reason: error.code.rawValue)
                // What limits refuse has waited as long as it may; what has begun to answer cannot begin again.
                guard attempt < limits.retry.attempts, error.isRetryable, meter.tokens == nil,
                    error.code != .limited, error.code != .budgetExceeded
                else { throw error }
                let pause = max(
                    error.retryAfter ?? .zero, limits.retry.pause(after: attempt, random: .random(in: 0...1)))
                if let deadline = request.deadline, clock.now() + pause >= deadline { throw error }
                count("model_retries")
                try await clock.sleep(pause)
                attempt += 1
            }
        }
    }

    private func count(_ name: String, reason: String = "", by amount: Int = 1) {
        owner.counters?.add([Counters.Key(name, step: owner.name, reason: reason): amount])
    }

    // MARK: Room

    private func once(_ meter: AnswerMeter, _ body: Body) async throws -> ChatReply {
        guard let bulkhead = limits.bulkhead else { return try await spend(meter, body) }
        if !bulkhead.enterAtOnce() {
            count("model_waits", reason: "bulkhead")
            try await enter(bulkhead)
        }
        defer { bulkhead.leave() }
        return try await spend(meter, body)
    }

    /// Waits for room until it is too late.
    private func enter(_ bulkhead: Bulkhead) async throws {
        let left = latest - clock.now()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await bulkhead.enter()
                return true
            }
            group.addTask { [clock] in
                try? await clock.sleep(left)
                return false
            }
            let isIn = try await group.next() ?? false
            group.cancelAll()
            guard isIn else {
                // Room that was given in this very moment is given back.
                while let late = await group.nextResult() {
                    if case .success(true) = late { bulkhead.leave() }
                }
                try Task.checkCancellation()
                throw ChatModelError(.limited, "no room within \(left)", retryAfter: .seconds(1))
            }
        }
    }

    // MARK: Money

    private func spend(_ meter: AnswerMeter, _ body: Body) async throws -> ChatReply {
        guard let ledger = limits.budgets, !request.accounts.isEmpty else {
            return try await admitted(owner.model, meter, body)
        }
        let now = clock.now()
        switch ledger.reserve(request.accounts, try spending(estimate, owner.model), now: now) {
        case .granted(let reservation):
            return try await paying(ledger, reservation, owner.model, meter) {
                try await admitted(owner.model, meter, body)
            }
        case .exhausted(let account, let budget, let retryAfter):
            count("budget_exhausted", reason: "\(account) \(budget.name)")
            guard budget.onExhaustion == .degrade, let fallback = limits.fallback else {
                throw ChatModelError(
                    .budgetExceeded, "the budget '\(budget.name)' of '\(account)' is used up", retryAfter: retryAfter)
            }
            let reservation = ledger.reserveAnyway(request.accounts, try spending(estimate, fallback), now: now)
            count("model_degraded")
            // The fallback has limits of its own, when it is a limited model.
            return try await paying(ledger, reservation, fallback, meter) {
                try await body(fallback, request.withoutAccounts(), meter)
            }
        }
    }

    private func spending(_ usage: TokenUsage, _ model: any ChatModel) throws -> Spending {
        guard let price = limits.prices[model.name] else {
            guard limits.budgets?.countsCost(request.accounts) != true else {
                throw ChatModelError(
                    .invalidRequest, "a budget counts money, and there is no price for '\(model.name)': give one")
            }
            return Spending(tokens: Int64(usage.total))
        }
        return Spending(tokens: Int64(usage.total), cost: price.cost(of: usage))
    }

    private func paying(
        _ ledger: BudgetLedger, _ reservation: BudgetLedger.Reservation, _ model: any ChatModel,
        _ meter: AnswerMeter, _ body: () async throws -> ChatReply
    ) async throws -> ChatReply {
        do {
            let reply = try await body()
            ledger.settle(reservation, try spending(used(reply), model))
            return reply
        } catch {
            // An answer that breaks off is paid for as far as it came.
            let used = meter.tokens.map { TokenUsage(input: estimate.input, output: $0) } ?? TokenUsage()
            ledger.settle(reservation, (try? spending(used, model)) ?? Spending())
            throw error
        }
    }

    /// What the model says it used, or the estimate when it does not.
    private func used(_ reply: ChatReply) -> TokenUsage {
        let bytes = reply.message.toolCalls.reduce(reply.message.content.utf8.count) { $0 + $1.arguments.utf8.count }
        return reply.usage ?? TokenUsage(input: estimate.input, output: TokenEstimate.tokens(bytes: bytes))
    }
}

extension LimitedCall {
    // MARK: Rate and breaker

    private func admitted(_ model: any ChatModel, _ meter: AnswerMeter, _ body: Body) async throws -> ChatReply {
        try await passBreaker()
        let place: ModelRate.Reservation?
        do {
            place = try await passRate()
            try Task.checkCancellation()
        } catch {
            limits.breaker?.withdraw(now: clock.now())
            throw error
        }
        count("model_calls")
        do {
            let reply = try await body(model, request, meter)
            let used = used(reply)
            if let place { limits.rate?.settle(place, used: used.total) }
            limits.breaker?.note(success: true, now: clock.now())
            count("model_tokens", reason: "input", by: used.input)
            count("model_tokens", reason: "output", by: used.output)
            return reply
        } catch {
            note(error, place, meter)
            throw error
        }
    }

    private func passBreaker() async throws {
        guard let breaker = limits.breaker else { return }
        while let later = breaker.admit(now: clock.now()) {
            guard later <= latest else {
                throw ChatModelError(
                    .limited, "the model fails, and is left alone beyond the deadline", retryAfter: later - clock.now())
            }
            count("model_waits", reason: "breaker")
            try await clock.sleep(later - clock.now())
        }
    }

    private func passRate() async throws -> ModelRate.Reservation? {
        guard let rate = limits.rate else { return nil }
        let place = try rate.reserve(estimate.total, now: clock.now(), latest: latest)
        do {
            // The start moves when the provider asks for a pause meanwhile.
            while case let wait = rate.start(of: place) - clock.now(), wait > .zero {
                guard rate.start(of: place) <= latest else {
                    throw ChatModelError(
                        .limited, "the provider asks for a pause beyond the deadline", retryAfter: wait)
                }
                count("model_waits", reason: "rate")
                try await clock.sleep(wait)
            }
            return place
        } catch {
            rate.cancel(place)
            throw error
        }
    }

    private func note(_ error: any Error, _ place: ModelRate.Reservation?, _ meter: AnswerMeter) {
        let now = clock.now()
        let failure = error as? ChatModelError
        if let place { limits.rate?.settle(place, used: tokens(after: failure, meter)) }
        if let wait = failure?.retryAfter, failure?.code == .rateLimited || failure?.code == .overloaded {
            limits.rate?.pause(for: wait, now: now)
        }
        guard let failure, failure.code != .rateLimited, failure.code != .limited else {
            // Neither a cancelled call nor a full bucket speaks against the model.
            limits.breaker?.withdraw(now: now)
            return
        }
        limits.breaker?.note(success: !failure.isRetryable, now: now)
    }

    /// What a failed call used: nothing when it was refused, the estimate when nobody knows.
    private func tokens(after failure: ChatModelError?, _ meter: AnswerMeter) -> Int {
        if let written = meter.tokens { return estimate.input + written }
        switch failure?.code {
        case .timedOut, .cut, .malformed, .tooLarge: return estimate.total
        case nil: return estimate.total
        default: return 0
        }
    }
}

extension ChatRequest {
    /// The same, paid for already.
    fileprivate func withoutAccounts() -> ChatRequest {
        var request = self
        request.accounts = []
        return request
    }
}
