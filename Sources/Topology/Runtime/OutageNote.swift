import StreamCore

/// Remembers what was said of an outage, so that it is said at its beginning and each minute, not at every try.
struct OutageNote {
    private var toldAt: Timestamp?

    /// Whether to say now that it is on.
    mutating func isWorthTelling(at now: Timestamp) -> Bool {
        if let toldAt, now >= toldAt, now - toldAt < .minutes(1) { return false }
        toldAt = now
        return true
    }

    /// It is over; returns whether there was one.
    @discardableResult
    mutating func end() -> Bool {
        defer { toldAt = nil }
        return toldAt != nil
    }
}
