public import StreamCore

/// The time of day, and how to wait for another: a test sets both.
public struct ModelClock: Sendable {
    let clock: any WallClock
    let sleep: @Sendable (Duration) async throws -> Void

    /// The system's time.
    public static let system = ModelClock(SystemWallClock()) { try await Task.sleep(for: $0) }

    /// A time of day and a way to wait.
    ///
    /// - Parameters:
    ///   - clock: tells the time.
    ///   - sleep: waits at least so long, or throws `CancellationError`.
    public init(_ clock: any WallClock, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.clock = clock
        self.sleep = sleep
    }

    func now() -> Timestamp { clock.now() }
}
