import Synchronization

/// Work for a follower's thread, from any thread.
final class MemoryMailbox: Sendable {
    typealias Job = @Sendable (MemoryFollower) -> Void

    private struct State {
        var jobs: [Job] = []
        var wake: (@Sendable () -> Void)?
        var isClosed = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Posts a job; returns false when nobody will do it any more.
    func post(_ job: @escaping Job) -> Bool {
        let (isTaken, wake) = state.withLock { state -> (Bool, (@Sendable () -> Void)?) in
            guard !state.hasEnded else { return (false, nil) }
            state.jobs.append(job)
            return (true, state.wake)
        }
        wake?()
        return isTaken
    }

    /// Asks the thread to end.
    func close() {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            state.isClosed = true
            return state.wake
        }
        wake?()
    }

    /// Says how the thread is woken, and wakes it for what came before that was known.
    func connect(_ wake: @escaping @Sendable () -> Void) {
        let hasNews = state.withLock { state -> Bool in
            state.wake = wake
            return !state.jobs.isEmpty || state.isClosed
        }
        if hasNews { wake() }
    }

    /// Takes what was posted, and whether the thread is to end.
    func take() -> (jobs: [Job], isClosed: Bool) {
        state.withLock { state in
            defer { state.jobs = [] }
            return (state.jobs, state.isClosed)
        }
    }

    /// Takes what was posted last; nothing can be posted any more.
    func end() -> [Job] {
        state.withLock { state in
            state.hasEnded = true
            defer { state.jobs = [] }
            return state.jobs
        }
    }
}
