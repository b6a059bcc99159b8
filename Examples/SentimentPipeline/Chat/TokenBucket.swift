/// Decides when each request of a stream of requests may go, so that no minute sees more than a given number.
///
/// Pure: time comes in as an argument. A short burst may go at once; after it, requests are spaced evenly. Slots are given in the
/// order of asking, and one that is not used is lost. (The generic cell rate algorithm, ITU-T I.371, in whole nanoseconds.)
struct TokenBucket: Sendable {
    /// The time between two requests when the burst is used up, in nanoseconds.
    private let interval: Int64
    /// How far ahead of the even spacing a burst may run, in nanoseconds.
    private let lead: Int64
    /// When the next request would be due if all were evenly spaced, in nanoseconds.
    private var due = Int64.min

    /// A full bucket.
    ///
    /// - Parameters:
    ///   - perMinute: how many requests at most any 60 seconds may see; kept within 1 and a million.
    ///   - burst: how many of them may go at once; a tenth when nil; kept within 1 and `perMinute`.
    init(perMinute: Int, burst: Int? = nil) {
        let limit = Int64(max(1, min(perMinute, 1_000_000)))
        let burst = max(1, min(Int64(burst ?? Int(limit / 10)), limit))
        // A minute that begins with a burst must still hold the limit, so the even flow is what the burst leaves.
        let flow = limit - (burst - 1)
        interval = (60_000_000_000 + flow - 1) / flow
        lead = (burst - 1) * interval
    }

    /// Takes the next slot.
    ///
    /// - Parameter now: the time since any fixed moment; must not go back.
    /// - Returns: how long after `now` the slot is; zero for at once.
    mutating func take(at now: Duration) -> Duration {
        let (seconds, attoseconds) = now.components
        let present = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        let start = max(due, present)
        let wait = max(0, start - lead - present)
        due = start + interval
        return .nanoseconds(wait)
    }
}
