import Synchronization

/// Holds callers back so that together they keep to a number of requests a minute; may be shared by any number of tasks.
final class RateLimiter: Sendable {
    private let bucket: Mutex<TokenBucket>
    private let elapsed: @Sendable () -> Duration
    private let pause: @Sendable (Duration) async throws -> Void

    /// A limiter that reads time from `clock` and sleeps by it.
    init<Time: Clock>(perMinute: Int, burst: Int? = nil, clock: Time = ContinuousClock())
    where Time.Duration == Duration {
        bucket = Mutex(TokenBucket(perMinute: perMinute, burst: burst))
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        pause = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }

    /// Returns when the caller may send its request.
    ///
    /// A cancelled caller's slot is lost, which errs on the slow side.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func wait() async throws {
        try Task.checkCancellation()
        let now = elapsed()
        let delay = bucket.withLock { $0.take(at: now) }
        if delay > .zero { try await pause(delay) }
    }
}
