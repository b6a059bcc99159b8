import Synchronization

/// Counts what is done, on any thread.
final class Countdown: Sendable {
    private let done = Atomic<Int>(0)

    var value: Int { done.load(ordering: .acquiring) }

    func count() { done.add(1, ordering: .acquiringAndReleasing) }
}
