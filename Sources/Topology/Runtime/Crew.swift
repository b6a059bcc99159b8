import EventLog
import Foundation
import Observability
import StreamCore

/// The workers of an instance and their restorer, each on a thread of its own, and who of them has which task.
final class Crew: AssignmentListener {
    let workers: [WorkerShared]
    private var owners: [TaskID: Int] = [:]
    let restorer = RestorerShared()
    private let working = DispatchGroup()
    private let restoring = DispatchGroup()
    private let journal: EventJournal

    init(
        _ runtime: StreamRuntime, plan: ExecutionPlan, member: any GroupMember, globals: GlobalTables,
        formerSources: Set<String>?
    ) throws {
        let count = max(1, min(runtime.options.workers, plan.tasks.count))
        var made = try runtime.environment(member, plan)
        made.globals = globals
        let environment = made
        workers = (0..<count).map { _ in WorkerShared() }
        journal = runtime.journal
        let (log, options, journal, restorer) = (runtime.log, runtime.options, journal, restorer)
        for (index, shared) in workers.enumerated() {
            start("\(plan.topology.name)-worker-\(index)", for: shared, working) {
                try Worker(
                    shared, plan: plan, log: log, member: member, options: options, environment: environment,
                    journal: journal, restorer: restorer, formerSources: formerSources
                ).run()
            }
        }
        let starts = InputStarts(
            plan: plan, log: log, options: options, formerSources: formerSources, journal: journal,
            counters: environment.counters)
        start("\(plan.topology.name)-restorer", for: workers[0], restoring) {
            try Restorer(
                restorer, plan: plan, log: log, member: member, options: options, environment: environment,
                starts: starts, journal: journal
            ).run()
        }
    }

    /// Runs `body` on a thread of its own; what it throws is the failure of `shared`.
    private func start(
        _ name: String, for shared: WorkerShared, _ group: DispatchGroup, _ body: @escaping @Sendable () throws -> Void
    ) {
        group.enter()
        let thread = Thread {
            defer { group.leave() }
            do { try body() } catch { shared.fail(error) }
        }
        thread.name = name
        // A long chain of operators is one deep call.
        thread.stackSize = 8 << 20
        thread.start()
    }

    var failure: (any Error)? {
        for worker in workers { if let failure = worker.failure { return failure } }
        return nil
    }

    var reports: [WorkerShared.Report] { workers.map(\.report) }

    /// Says which tasks this instance is to keep copies of.
    func place(standbys: [TaskID]) { restorer.place(standbys: Set(standbys).subtracting(owners.keys)) }

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
        working.wait()
        restorer.stop()
        restoring.wait()
    }
}
