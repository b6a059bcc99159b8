import StreamCore
import Synchronization

/// How many calls may start in a time: a token bucket.
public struct RateLimit: Sendable, Hashable {
    /// How many calls may start in ``period``, on average.
    public var calls: Int
    /// The time.
    public var period: Duration
    /// How many may start at once after a quiet time.
    public var burst: Int

    /// `calls` in `period`; at most `burst` at once, which is `calls` when not given.
    public init(_ calls: Int, per period: Duration, burst: Int? = nil) {
        self.calls = calls
        self.period = period
        self.burst = burst ?? calls
    }

    var mistake: String? {
        calls < 1 || burst < 1 || period.milliseconds < 1
            ? "a rate limit needs at least one call in at least a millisecond" : nil
    }
}

/// A token bucket that several threads take from.
final class RateLimiter: Sendable {
    private struct State {
        var tokens: Double
        var updated: Timestamp?
    }

    private static let patience = Duration.seconds(5)
    private static let rounding = 1e-6
    private let limit: RateLimit
    private let state: Mutex<State>

    init(_ limit: RateLimit) {
        self.limit = limit
        state = Mutex(State(tokens: Double(limit.burst), updated: nil))
    }

    /// Takes a token; returns nil when there was one, else when there will be.
    func take(now: Timestamp) -> Timestamp? {
        let perMillisecond = Double(limit.calls) / Double(max(1, limit.period.milliseconds))
        return state.withLock { state in
            // Threads see slightly different times, and time may be set back: only the latter starts it anew.
            if let updated = state.updated, now + Self.patience < updated { state.updated = now }
            let elapsed = state.updated.map { max(0, (now - $0).milliseconds) } ?? 0
            state.tokens = min(Double(limit.burst), state.tokens + Double(elapsed) * perMillisecond)
            state.updated = max(now, state.updated ?? now)
            // Sums of fractions fall short of whole numbers.
            guard state.tokens < 1 - Self.rounding else {
                state.tokens -= 1
                return nil
            }
            let wait = ((1 - Self.rounding - state.tokens) / perMillisecond).rounded(.up)
            return now + .milliseconds(Int64(min(max(1, wait), 1e15)))
        }
    }
}
