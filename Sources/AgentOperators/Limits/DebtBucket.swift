import StreamCore

/// A token bucket that may be overdrawn: whoever takes is told when to start, so that those who wait keep their order.
struct DebtBucket: Sendable {
    /// Threads see slightly different times; only a clock that was set back further starts it anew.
    private static let patience = Duration.seconds(5)
    /// Beyond any deadline, and still a whole number of milliseconds.
    private static let longest = 1e15

    private let perMinute: Double
    private let burst: Double
    private var level: Double
    private var updated: Timestamp?

    /// - Parameters:
    ///   - perMinute: how much comes in a minute.
    ///   - burst: how much may be there at once after a quiet time.
    init(perMinute: Double, burst: Double) {
        self.perMinute = perMinute
        self.burst = max(1, burst)
        level = self.burst
    }

    private mutating func refill(_ now: Timestamp, _ share: Double) {
        if let updated, now + Self.patience < updated { self.updated = now }
        let elapsed = updated.map { max(0, (now - $0).milliseconds) } ?? 0
        level = min(max(1, burst * share), level + Double(elapsed) * perMinute * share / 60_000)
        updated = max(now, updated ?? now)
    }

    /// When `amount` could start: at once when the bucket has it, or is full.
    mutating func start(of amount: Double, _ now: Timestamp, share: Double) -> Timestamp {
        refill(now, share)
        let missing = min(amount, max(1, burst * share)) - level
        // Sums of fractions fall short of whole numbers.
        guard missing > 1e-6 else { return now }
        let wait = (missing * 60_000 / (perMinute * share)).rounded(.up)
        return now + .milliseconds(Int64(min(max(1, wait), Self.longest)))
    }

    mutating func take(_ amount: Double) { level -= amount }

    /// Gives back what was not used; what was used beyond is taken.
    mutating func settle(taken: Double, used: Double) { level += taken - used }

    /// Nothing comes in before `end`, and what is left is at most `rest`.
    mutating func pause(until end: Timestamp, now: Timestamp, share: Double, rest: Double) {
        refill(now, share)
        level = min(level, rest)
        updated = max(end, updated ?? end)
    }
}
