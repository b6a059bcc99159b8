import Dispatch

/// Where agents run: threads of their own, so that whoever blocks Swift's few cooperative threads does not stop them.
///
/// Dispatch adds threads while agents block theirs.
final class AgentExecutor: TaskExecutor {
    static let shared = AgentExecutor()

    private let queue = DispatchQueue(label: "tributary.agents", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
