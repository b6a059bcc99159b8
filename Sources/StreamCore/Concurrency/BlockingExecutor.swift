import Dispatch

/// Where others' code runs as Swift tasks: threads of their own, so that whoever blocks Swift's few cooperative threads stops nobody.
///
/// Dispatch adds threads while tasks block theirs.
package final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// An executor whose threads are called `label`.
    package init(label: String) { queue = DispatchQueue(label: label, attributes: .concurrent) }

    /// Runs `job` on one of the threads.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
