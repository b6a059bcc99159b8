public import ChatModels
public import Observability
import StreamCore

/// A model behind limits: bulkhead, budgets, circuit breaker, rate, retries, in this order.
///
/// Calls wait, without blocking a thread, as long as their deadlines and `maxWait` allow; cancellation ends the wait. Limits are
/// shared by giving the same objects to several models, for example those of one credential.
public struct LimitedChatModel: ChatModel {
    /// What stands between callers and the model; nil means nothing of the kind.
    public struct Limits: Sendable {
        /// How many calls run at once.
        public var bulkhead: Bulkhead?
        /// How many requests and tokens a minute.
        public var rate: ModelRate?
        /// Stops calls while the model fails.
        public var breaker: CircuitBreaker?
        /// Who may spend how much.
        public var budgets: BudgetLedger?
        /// What models cost, by name; needed where a budget counts money.
        public var prices: [String: ModelPrice]
        /// Answers when a budget that degrades is used up; its own name has its own price.
        public var fallback: (any ChatModel)?
        /// How failed calls are tried again here; `ask` and steps have retries of their own.
        public var retry: RetryPolicy
        /// How long a call waits for its turn at most.
        public var maxWait: Duration
        /// How many tokens an answer is taken to have when the request does not limit it.
        public var expectedOutput: Int

        /// Limits.
        public init(
            bulkhead: Bulkhead? = nil, rate: ModelRate? = nil, breaker: CircuitBreaker? = nil,
            budgets: BudgetLedger? = nil, prices: [String: ModelPrice] = [:], fallback: (any ChatModel)? = nil,
            retry: RetryPolicy = .never, maxWait: Duration = .seconds(60), expectedOutput: Int = 500
        ) {
            self.bulkhead = bulkhead
            self.rate = rate
            self.breaker = breaker
            self.budgets = budgets
            self.prices = prices
            self.fallback = fallback
            self.retry = retry
            self.maxWait = maxWait
            self.expectedOutput = expectedOutput
        }
    }

    let model: any ChatModel
    let limits: Limits
    let counters: Counters?
    let clock: ModelClock

    /// `model` behind `limits`.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - limits: what stands before it.
    ///   - counters: where calls, tokens, waits and failures are counted, by the model's name; nil means nowhere.
    ///   - clock: what limits are held against.
    public init(
        _ model: any ChatModel, _ limits: Limits, counters: Counters? = nil, clock: ModelClock = .system
    ) {
        self.model = model
        self.limits = limits
        self.counters = counters
        self.clock = clock
    }

    /// The model's name.
    public var name: String { model.name }

    /// Answers as a whole, when the limits let it.
    ///
    /// - Throws: `ChatModelError`, with the code `limited` or `budgetExceeded` when a limit does not let it; `CancellationError`.
    public func complete(_ request: ChatRequest) async throws -> ChatReply {
        try await LimitedCall(self, request).run { model, request, _ in try await model.complete(request) }
    }

    /// Answers part by part, when the limits let it; a failure after the first part is not tried again.
    public func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ChatDelta.self)
        let task = Task(executorPreference: BlockingExecutor.agents) {
            do {
                _ = try await LimitedCall(self, request).run { model, request, meter in
                    try await model.complete(request) { delta in
                        meter.see(delta)
                        continuation.yield(delta)
                    }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
