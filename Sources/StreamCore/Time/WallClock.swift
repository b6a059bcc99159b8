import Dispatch
import Synchronization

/// Where the runtime reads the time of day: the system's, or one that a test sets.
public protocol WallClock: Sendable {
    /// The present moment.
    func now() -> Timestamp
}

/// The system's time of day.
public struct SystemWallClock: WallClock {
    /// The system's time of day.
    public init() {}

    /// The moment by the system's clock.
    public func now() -> Timestamp {
        let time = DispatchWallTime.now().rawValue
        // Dispatch keeps wall time as negated nanoseconds since the epoch.
        return Timestamp(milliseconds: Int64(bitPattern: ~time &+ 1) / 1_000_000)
    }
}

/// A time of day that moves only when told: for tests.
public final class ManualWallClock: WallClock {
    private let time: Mutex<Timestamp>

    /// A clock that shows `start`.
    public init(_ start: Timestamp = Timestamp(milliseconds: 0)) { time = Mutex(start) }

    /// The moment that the clock was last set or moved to.
    public func now() -> Timestamp { time.withLock { $0 } }

    /// Moves the clock by `duration`.
    public func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }

    /// Sets the clock to `moment`.
    public func set(_ moment: Timestamp) { time.withLock { $0 = moment } }
}
