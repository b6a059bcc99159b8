public import StreamCore

/// The stream time of one step: the largest timestamp it has seen.
///
/// Kept with the committed positions, so that a restart does not take late records for punctual ones.
public final class StepClock {
    /// Names the step whose time this is.
    public let step: String
    /// The largest timestamp seen; -1 ms before the first record.
    public var time: Timestamp

    init(step: String, time: Timestamp = .unknown) {
        self.step = step
        self.time = time
    }

    /// Notes `timestamp`; returns the stream time after it.
    @inlinable public func observe(_ timestamp: Timestamp) -> Timestamp {
        if timestamp > time { time = timestamp }
        return time
    }
}
