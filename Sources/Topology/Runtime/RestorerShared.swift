import Synchronization

/// What workers tell the restorer of their instance, behind one lock.
final class RestorerShared: Sendable {
    private struct State {
        var tasks: [RestoringTask] = []
        var isStopping = false
        var wake: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())

    func setWake(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// Asks for `task` to be taken over and restored.
    func send(_ task: RestoringTask) {
        let wake = state.withLock { state in
            state.tasks.append(task)
            return state.wake
        }
        wake()
    }

    func takeTasks() -> [RestoringTask] {
        state.withLock { state in
            defer { state.tasks.removeAll() }
            return state.tasks
        }
    }

    func stop() {
        let wake = state.withLock { state in
            state.isStopping = true
            return state.wake
        }
        wake()
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }
}
