import StreamCore
import Synchronization

/// What the restorer of an instance and the rest of it tell each other, behind one lock.
final class RestorerShared: Sendable {
    private struct State {
        var tasks: [RestoringTask] = []
        var standbys: Set<TaskID>?
        var status: [TaskStatus] = []
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

    /// Says which tasks this instance is to keep copies of; a task that is sent afterwards is none of them any more.
    func place(standbys: Set<TaskID>) {
        let wake = state.withLock { state in
            state.standbys = standbys
            return state.wake
        }
        wake()
    }

    /// What was last said of standbys, once.
    func wantedStandbys() -> Set<TaskID>? {
        state.withLock { state in
            defer { state.standbys = nil }
            return state.standbys
        }
    }

    func report(_ status: [TaskStatus]) { state.withLock { $0.status = status } }

    /// What the standbys do.
    var status: [TaskStatus] { state.withLock { $0.status } }

    func stop() {
        let wake = state.withLock { state in
            state.isStopping = true
            return state.wake
        }
        wake()
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }
}
