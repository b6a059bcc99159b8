import StreamCore

/// A function of a step that is called as time goes by: Kafka Streams' punctuator.
public final class Punctuation {
    /// Which time drives a punctuation.
    public enum Kind: Sendable {
        /// The task's stream time: ticks lie at multiples of the interval, missed ones are skipped.
        case streamTime
        /// The time of day: the first tick is one interval after scheduling.
        case wallClock
    }

    let kind: Kind
    let interval: Int64
    let step: String
    let body: (Timestamp) throws -> Void
    private(set) var next: Int64
    private(set) var isCancelled = false

    init(_ kind: Kind, every interval: Int64, from now: Int64, step: String, body: @escaping (Timestamp) throws -> Void)
    {
        self.kind = kind
        self.interval = max(1, interval)
        self.step = step
        self.body = body
        next = kind == .streamTime ? 0 : now + self.interval
    }

    /// Ends it; it is not called again.
    public func cancel() { isCancelled = true }

    /// Moves on to the first tick after `now`, skipping what was missed (as in Kafka Streams 3.9).
    func advance(past now: Int64) {
        let missed = max(0, (now - next) / interval)
        let (step, isBeyond) = (missed + 1).multipliedReportingOverflow(by: interval)
        let (sum, isPast) = next.addingReportingOverflow(step)
        next = isBeyond || isPast ? .max : sum
    }
}
