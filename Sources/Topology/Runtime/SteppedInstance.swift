package import EventLog
package import Observability
package import StreamCore
import StateStores

/// An instance without threads of its own: a simulation runs its parts, each when it likes.
///
/// The one place that knows how the runtime's parts fit together besides `StreamRuntime` and `Crew`.
package final class SteppedInstance: Sendable {
    private let plan: ExecutionPlan
    private let member: any GroupMember
    private let log: any EventLog
    private let options: RuntimeOptions
    private let environment: TaskEnvironment
    private let journal: EventJournal
    private let shared: [WorkerShared]
    private let topics: InternalTopics
    /// Nil when each worker restores in its own rounds.
    private let restorer: RestorerShared?

    /// Plans, joins and creates topics, as an instance does at its start.
    ///
    /// - Parameters:
    ///   - topology: what it runs.
    ///   - log: where it runs.
    ///   - options: how.
    ///   - journal: hears what the runtime says.
    ///   - hasRestorer: whether somebody steps a restorer of its own; otherwise each worker restores in its rounds.
    ///   - adjust: sets what the group needs to know of this instance.
    /// - Throws: whatever is in the way; an error of the log that is retriable may be gone at the next try.
    package init(
        _ topology: StreamTopology, on log: any EventLog, options: RuntimeOptions, journal: EventJournal,
        hasRestorer: Bool, _ adjust: (inout GroupSpecification) -> Void
    ) throws {
        let first = try InternalTopics.plan(topology, log)
        restorer = hasRestorer ? RestorerShared() : nil
        var group = GroupSpecification(
            application: topology.name, tasks: first.tasks, fingerprint: topology.fingerprint)
        adjust(&group)
        self.log = log
        self.options = options
        self.journal = journal
        member = try log.join(group)
        do {
            let made = try InternalTopics(first, log).create()
            plan = made
            topics = InternalTopics(made, log)
            let runtime = StreamRuntime(topology, on: log, options: options, journal: journal)
            environment = try runtime.environment(member, plan)
        } catch {
            member.leave()
            throw error
        }
        shared = (0..<max(1, options.workers)).map { _ in WorkerShared() }
    }

    /// How many workers there are.
    package var workers: Int { shared.count }

    /// Why the instance cannot go on.
    package var failure: (any Error)? { shared.lazy.compactMap(\.failure).first }

    /// Whether no worker has anything to do.
    package var isIdle: Bool { shared.allSatisfy(\.report.isIdle) }

    /// Looks after the membership; `pause` lets the workers run while their tasks are awaited.
    ///
    /// - Throws: ``EventLogError``, as the member's poll does.
    package func poll(_ listener: SteppedListener) throws(EventLogError) { try member.poll(listener) }

    /// A listener for ``poll(_:)``; one for the life of the instance.
    package func makeListener(pause: @escaping () -> Bool) -> SteppedListener {
        SteppedListener(shared, pause: pause)
    }

    /// Deletes what all readers of the repartition topics have committed.
    ///
    /// - Throws: ``EventLogError``.
    package func maintain() throws { try topics.purgeRepartitionTopics() }

    /// The worker called `number`, for the thread that steps it.
    ///
    /// - Throws: ``EventLogError`` when reader or committer cannot be made.
    package func makeWorker(_ number: Int) throws -> SteppedWorker {
        SteppedWorker(
            try Worker(
                shared[number], plan: plan, log: log, member: member, options: options, environment: environment,
                journal: journal, restorer: restorer), plan.tasks)
    }

    /// The restorer, for the thread that steps it; nil when workers restore by themselves.
    ///
    /// - Throws: ``EventLogError`` when its reader cannot be made.
    package func makeRestorer() throws -> SteppedRestorer? {
        guard let restorer else { return nil }
        let starts = InputStarts(
            plan: plan, log: log, options: options, formerSources: nil, journal: journal,
            counters: environment.counters)
        return SteppedRestorer(
            try Restorer(
                restorer, plan: plan, log: log, member: member, options: options, environment: environment,
                starts: starts, journal: journal))
    }

    /// Says which tasks this instance keeps copies of; those it has itself are left out.
    ///
    /// - Parameters:
    ///   - listener: knows which those are.
    ///   - choose: chooses among all tasks.
    package func placeStandbys(_ listener: SteppedListener, _ choose: (TaskID) -> Bool) {
        restorer?.place(standbys: Set(plan.tasks.filter(choose)).subtracting(listener.tasks))
    }

    /// Notes that a worker could not be made.
    package func fail(_ error: any Error) { shared.first?.fail(error) }

    /// Leaves the group.
    package func leave() { member.leave() }
}

/// A worker that somebody else steps.
package final class SteppedWorker {
    private let worker: Worker
    private let tasks: [TaskID]

    init(_ worker: Worker, _ tasks: [TaskID]) {
        self.worker = worker
        self.tasks = tasks
    }

    /// One round; returns whether anything was done.
    package func step() -> Bool { worker.step() }

    /// Ends all tasks: committed and checkpointed, or left as a crash leaves them.
    package func finish(committing: Bool) {
        worker.shared.send(.release(tasks, isLost: !committing, done: {}))
        worker.step()
    }
}

/// A restorer that somebody else steps.
package final class SteppedRestorer {
    private let restorer: Restorer

    init(_ restorer: Restorer) { self.restorer = restorer }

    /// One round; returns whether anything was done.
    package func step() -> Bool { restorer.step() }

    /// Lets go of what it has.
    package func finish() {
        restorer.shared.stop()
        restorer.run()
    }
}

/// Gives tasks to workers that somebody else steps.
package final class SteppedListener: AssignmentListener {
    private let workers: [WorkerShared]
    private let pause: () -> Bool
    private var owners: [TaskID: Int] = [:]

    init(_ workers: [WorkerShared], pause: @escaping () -> Bool) {
        self.workers = workers
        self.pause = pause
    }

    /// The tasks that workers have now.
    var tasks: Set<TaskID> { Set(owners.keys) }

    package func granted(_ tasks: [TaskID]) {
        for task in tasks.sorted() {
            let loads = workers.indices.map { worker in owners.values.count { $0 == worker } }
            let lightest = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            owners[task] = lightest
            workers[lightest].send(.assign(task))
        }
    }

    package func revoked(_ tasks: [TaskID]) { release(tasks, isLost: false) }

    package func lost(_ tasks: [TaskID]) { release(tasks, isLost: true) }

    private func release(_ tasks: [TaskID], isLost: Bool) {
        var open = 0
        let released = Countdown()
        for worker in workers.indices {
            let mine = tasks.filter { owners[$0] == worker }.sorted()
            guard !mine.isEmpty else { continue }
            open += 1
            workers[worker].send(.release(mine, isLost: isLost, done: { released.count() }))
        }
        for task in tasks { owners[task] = nil }
        while released.value < open, pause() {}
    }
}
