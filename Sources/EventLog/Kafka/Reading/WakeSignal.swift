import Dispatch
import StreamCore
import Synchronization

/// A flag that any thread can set and one thread waits for.
final class WakeSignal: Sendable {
    private let isSet = Atomic<Bool>(false)
    private let semaphore = DispatchSemaphore(value: 0)

    /// Sets the flag and ends the wait for it.
    func set() {
        if !isSet.exchange(true, ordering: .acquiringAndReleasing) { semaphore.signal() }
    }

    /// Waits until the flag is set, at most `duration`, and clears it.
    func wait(upTo duration: Duration) {
        // Dispatch's times overflow long before Swift's durations do.
        let milliseconds = Int(min(max(0, duration.milliseconds), 86_400_000))
        if semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success {
            isSet.store(false, ordering: .releasing)
        }
    }
}
