import EventLog
import Foundation
import Observability
import StreamCore

/// The workers of an instance, each on a thread of its own, and who of them has which task.
final class Crew: AssignmentListener {
    let workers: [WorkerShared]
    private var owners: [TaskID: Int] = [:]
    private let threads: [Thread]
    private let finished = DispatchGroup()
    private let journal: EventJournal

    init(_ runtime: StreamRuntime, plan: ExecutionPlan, member: any GroupMember, globals: GlobalTables) throws {
        let count = max(1, min(runtime.options.workers, plan.tasks.count))
        var made = try runtime.environment(member, plan)
        made.globals = globals
        let environment = made
        workers = (0..<count).map { _ in WorkerShared() }
        journal = runtime.journal
        threads = workers.enumerated().map { [finished] index, shared in
            finished.enter()
            let thread = Thread {
                defer { finished.leave() }
                do {
                    try Worker(
                        shared, plan: plan, log: runtime.log, member: member, options: runtime.options,
                        environment: environment, journal: runtime.journal
                    ).run()
                } catch {
                    shared.fail(error)
                }
            }
            thread.name = "\(plan.topology.name)-worker-\(index)"
            // A long chain of operators is one deep call.
            thread.stackSize = 8 << 20
            return thread
        }
        for thread in threads { thread.start() }
    }

    var failure: (any Error)? {
        for worker in workers { if let failure = worker.failure { return failure } }
        return nil
    }

    var reports: [WorkerShared.Report] { workers.map(\.report) }

    func granted(_ tasks: [TaskID]) {
        journal.info("tasks granted", ["tasks": tasks.map(\.description).joined(separator: ",")])
        for task in tasks.sorted() {
            let loads = workers.indices.map { worker in owners.values.count { $0 == worker } }
            let lightest = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            owners[task] = lightest
            workers[lightest].send(.assign(task))
        }
    }

    func revoked(_ tasks: [TaskID]) { release(tasks, isLost: false) }

    func lost(_ tasks: [TaskID]) { release(tasks, isLost: true) }

    /// Returns when the workers have let go of `tasks`.
    private func release(_ tasks: [TaskID], isLost: Bool) {
        journal.info(
            isLost ? "tasks lost" : "tasks revoked", ["tasks": tasks.map(\.description).joined(separator: ",")])
        let released = DispatchGroup()
        for (worker, mine) in Dictionary(grouping: tasks, by: { owners[$0] ?? 0 }) {
            released.enter()
            workers[worker].send(.release(mine, isLost: isLost, done: { released.leave() }))
        }
        for task in tasks { owners[task] = nil }
        // A worker that ended by failure answers nobody.
        while released.wait(timeout: .now() + .milliseconds(100)) == .timedOut, failure == nil {}
    }

    /// Stops all workers and waits for their end: what is processed is committed and checkpointed.
    func finish() {
        for worker in workers { worker.stop() }
        finished.wait()
    }
}
