import StreamCore
import Synchronization

/// What can be asked of an instance while it runs, behind one lock.
final class RuntimeState: Sendable {
    private struct State {
        var phase = RuntimeReport.Phase.created
        var reason: String?
        var started: Timestamp?
        var instance = ""
        var taskCount = 0
        var workers: [WorkerShared] = []
        var restorer: RestorerShared?
        var trouble: (since: Timestamp, reason: String)?
        var monitor: String?
    }

    private let state = Mutex(State())

    func begin(at now: Timestamp) {
        state.withLock { state in
            state.phase = .starting
            state.reason = nil
            state.started = now
        }
    }

    func enter(_ phase: RuntimeReport.Phase, because reason: String? = nil) {
        state.withLock { ($0.phase, $0.reason) = (phase, reason) }
    }

    func staff(_ crew: Crew, as instance: String, of taskCount: Int) {
        state.withLock { state in
            state.workers = crew.workers
            state.restorer = crew.restorer
            state.instance = instance
            state.taskCount = taskCount
            state.phase = .running
            state.reason = nil
        }
    }

    /// Notes whether the membership could be looked after.
    func note(trouble: String?, at now: Timestamp) {
        state.withLock { state in
            state.trouble = trouble.map { (state.trouble?.since ?? now, $0) }
        }
    }

    var monitor: String? {
        get { state.withLock { $0.monitor } }
        set { state.withLock { $0.monitor = newValue } }
    }

    var tasks: [TaskStatus] {
        let (workers, restorer) = state.withLock { ($0.workers, $0.restorer) }
        return (workers.flatMap(\.report.tasks) + (restorer?.status ?? [])).sorted { $0.task < $1.task }
    }

    var report: RuntimeReport {
        let state = state.withLock { $0 }
        let reports = state.workers.map(\.report)
        return RuntimeReport(
            phase: state.phase, reason: state.reason, started: state.started, instance: state.instance, tasks: tasks,
            progress: reports.reduce(into: [:]) { $0.merge($1.progress) { _, new in new } },
            workers: reports.map(\.beat), trouble: state.trouble, taskCount: state.taskCount)
    }
}
