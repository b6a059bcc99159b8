import Synchronization

/// Counts calls, from any thread.
final class Tally: Sendable {
    private let count = Mutex(0)

    /// One more; returns how many.
    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
