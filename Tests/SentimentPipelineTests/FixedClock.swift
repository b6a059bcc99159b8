import StreamCore

/// A time of day that stands still.
struct FixedClock: WallClock {
    let milliseconds: Int64
    func now() -> Timestamp { Timestamp(milliseconds: milliseconds) }
}
