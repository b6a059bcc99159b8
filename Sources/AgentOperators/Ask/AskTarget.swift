import StreamCore
import Synchronization

/// The agent behind an `ask`, with the limits that all tasks of the process share.
final class AskTarget<Request: Sendable, Reply: Sendable>: Sendable {
    typealias Starter = AskStarter<Request, Reply>

    private let make: @Sendable () throws -> Starter
    private let made = Mutex<Starter?>(nil)
    let limits: AskLimits

    init(_ options: AskOptions, make: @escaping @Sendable () throws -> Starter) {
        self.make = make
        limits = AskLimits(options)
    }

    /// The agent, made when a task first wants it: describing a topology needs none.
    func starter() throws -> Starter {
        try made.withLock { made in
            if let made { return made }
            let new = try make()
            made = new
            return new
        }
    }
}

/// What limits the calls of a target, for all tasks of the process together.
final class AskLimits: Sendable {
    private let limiter: RateLimiter?
    let breaker: CircuitBreaker?

    init(_ options: AskOptions) {
        limiter = options.rateLimit.map(RateLimiter.init)
        breaker = options.breaker.map(CircuitBreaker.init)
    }

    /// Asks to make a call; returns nil when it may be made, else when to ask again.
    func admit(now: Timestamp) -> Timestamp? {
        if let later = breaker?.admit(now: now) { return later }
        guard let later = limiter?.take(now: now) else { return nil }
        breaker?.withdraw(now: now)
        return later
    }
}
