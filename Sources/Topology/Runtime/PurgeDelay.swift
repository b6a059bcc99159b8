import StreamCore

/// Keeps what is done with for a while, so that people can still look at it.
struct PurgeDelay {
    /// For how long.
    let keep: Duration
    private var seen: [(time: Timestamp, positions: [TopicPartition: Int64])] = []

    init(keep: Duration) { self.keep = keep }

    /// Takes how far all is done now; returns how far it was when it was long enough ago, empty when nothing is due.
    mutating func due(_ positions: [TopicPartition: Int64], now: Timestamp) -> [TopicPartition: Int64] {
        // A clock that was set back begins anew: what is kept longer does no harm.
        if let last = seen.last, now < last.time { seen.removeAll() }
        // A few looks in the time to keep are enough.
        if seen.last.map({ now - $0.time >= keep / 16 }) ?? true { seen.append((now, positions)) }
        var due: [TopicPartition: Int64] = [:]
        while let first = seen.first, now - first.time >= keep {
            due = first.positions
            seen.removeFirst()
        }
        return due
    }
}
