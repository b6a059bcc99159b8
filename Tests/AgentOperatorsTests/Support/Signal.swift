import Synchronization

/// A count that tests wait for without blocking a thread.
final class Signal: Sendable {
    private struct State {
        var count = 0
        var waiters: [(goal: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    func raise() {
        let ready = state.withLock { state in
            state.count += 1
            let ready = state.waiters.filter { $0.goal <= state.count }
            state.waiters.removeAll { $0.goal <= state.count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Waits for `goal`, or for the end of the test's time.
    func reached(_ goal: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReached = state.withLock { state in
                    if state.count >= goal || Task.isCancelled { return true }
                    state.waiters.append((goal, continuation))
                    return false
                }
                if isReached { continuation.resume() }
            }
        } onCancel: {
            let all = state.withLock { state in
                defer { state.waiters.removeAll() }
                return state.waiters
            }
            for waiter in all { waiter.continuation.resume() }
        }
    }
}
