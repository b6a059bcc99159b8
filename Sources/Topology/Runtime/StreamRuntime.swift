public import EventLog
import Foundation
public import Observability
import StateStores
import StreamCore
import Synchronization

/// Runs a topology as one instance: one group member, tasks spread over worker threads.
///
/// ``run()`` blocks its thread until the instance ends; ``stop()`` may come from any thread.
public final class StreamRuntime: Sendable {
    /// The topology.
    public let topology: StreamTopology
    /// What was counted so far.
    public let counters: Counters
    let log: any EventLog
    let options: RuntimeOptions
    let journal: EventJournal
    private let stopping = StopSignal()
    let state = RuntimeState()

    /// An instance of `topology` on `log`.
    public init(
        _ topology: StreamTopology, on log: any EventLog, options: RuntimeOptions,
        journal: EventJournal = .standardError(), counters: Counters = Counters()
    ) {
        self.counters = counters
        self.topology = topology
        self.log = log
        self.options = options
        self.journal = journal
    }

    /// Asks the instance to finish: it commits, checkpoints, leaves the group, and ``run()`` returns.
    public func stop() { stopping.raise() }

    /// What the tasks of this instance do now, copies of others' tasks among them.
    public var tasks: [TaskStatus] { state.tasks }

    /// What this instance does, all of it.
    public var report: RuntimeReport { state.report }

    /// Says where the instance's monitor listens, as `address:port`: others find it in ``InstanceStatus``.
    ///
    /// Call it before ``run()``.
    public func announce(monitor address: String) { state.monitor = address }

    /// Runs until stopped, or until idle when the options say so.
    ///
    /// - Throws: ``TopologyError`` when the topology cannot run here; ``EventLogError``, ``StateStoreError`` or
    ///   ``TaskFailure`` when it could not go on.
    public func run() throws {
        state.begin(at: options.clock.now())
        do {
            try serve()
            state.enter(.stopped)
        } catch {
            state.enter(.failed, because: "\(error)")
            throw error
        }
    }

    private func serve() throws {
        guard var plan = try awaitPlan() else { return }
        state.enter(.starting)
        try StateManifest.check(plan, options)
        try InternalTopics(plan, log).createSharedTables()
        let globals = GlobalTables(of: topology)
        let feed = globals.replicas.isEmpty ? nil : GlobalTableThread(globals, on: log, counters, journal)
        defer { feed?.finish() }
        // Before joining: a member that fills tables for minutes would be taken for dead.
        while let feed, try !feed.isCaughtUp() {
            guard !stopping.isRaised else { return }
            stopping.wait(.milliseconds(20))
        }
        let former = try StateManifest.former(of: topology.name, options)
        let identity = try InstanceIdentity(topology.name, options)
        // Held until the end: another instance with the same folder must not take this one's name.
        defer { withExtendedLifetime(identity) {} }
        let member = try log.join(group(plan, identity))
        defer { member.leave() }
        // After joining: a log that cannot run this application is left as it was.
        plan = try InternalTopics(plan, log).create(former: former, acceptingLoss: options.acceptLostState)
        try StateManifest.write(plan, options)
        let crew = try Crew(
            self, plan: plan, member: member, globals: globals,
            formerSources: former.map { Set($0.sourcePartitions.keys) })
        state.staff(crew, as: member.id, of: plan.tasks.count)
        journal.info(
            "running",
            [
                "application": topology.name, "log": log.location, "tasks": "\(plan.tasks.count)",
                "workers": "\(crew.workers.count)",
            ])
        do {
            try supervise(crew, plan, member, identity, feed)
        } catch {
            crew.finish()
            throw error
        }
        state.enter(.stopping)
        crew.finish()
        if let failure = crew.failure { throw failure }
        journal.info("stopped", ["application": topology.name])
    }

    private func group(_ plan: ExecutionPlan, _ identity: InstanceIdentity) -> GroupSpecification {
        var group = GroupSpecification(
            application: topology.name, tasks: plan.tasks, fingerprint: topology.fingerprint)
        group.instance = identity.id
        group.formerCommitters = identity.formerCommitters
        group.guarantee = options.guarantee
        group.staticMember = options.staticMember
        group.sessionTimeout = options.sessionTimeout
        group.pollInterval = options.pollInterval
        group.transactionTimeout = options.transactionTimeout
        return group
    }

    /// The plan, as soon as all source topics exist; nil when stopped before.
    private func awaitPlan() throws -> ExecutionPlan? {
        var hasTold = false
        while !stopping.isRaised {
            do {
                return try InternalTopics.plan(topology, log)
            } catch let error as TopologyError where error.code == .missingTopic {
                if options.untilIdle { throw error }
                state.enter(.waiting, because: error.message)
                if !hasTold { journal.warning("waiting: \(error.message)") }
                hasTold = true
                stopping.wait(.milliseconds(200))
            }
        }
        return nil
    }

    /// Keeps the membership alive and looks after the workers until the end.
    private func supervise(
        _ crew: Crew, _ plan: ExecutionPlan, _ member: any GroupMember, _ identity: InstanceIdentity,
        _ feed: GlobalTableThread?
    ) throws {
        var standbys = StandbyKeeper(plan, options, identity, journal)
        var lastMaintenance = options.clock.now()
        var purge = PurgeDelay(keep: options.tracer == nil ? .zero : options.tracedFor)
        let status = StatusReport(self, member)
        defer { status.end(now: options.clock.now()) }
        while !stopping.isRaised {
            try poll(member, crew)
            _ = try feed?.isCaughtUp()
            if let failure = crew.failure { throw failure }
            if options.publishesStatus { status.report(tasks, now: options.clock.now()) }
            if options.untilIdle, try isIdle(crew, plan) { return }
            let now = options.clock.now()
            standbys.keep(crew, member, now)
            if now - lastMaintenance > .seconds(5) {
                lastMaintenance = now
                maintain(plan, &purge, now)
            }
            stopping.wait(.milliseconds(20))
        }
    }

    /// Polls the membership; what time may mend is told and tried again.
    private func poll(_ member: any GroupMember, _ crew: Crew) throws {
        do {
            try member.poll(crew)
            state.note(trouble: nil, at: options.clock.now())
        } catch {
            guard error.isRetriable else { throw error }
            state.note(trouble: "\(error)", at: options.clock.now())
            journal.warning("the membership cannot be looked after and is tried again", ["error": "\(error)"])
        }
    }

    private func maintain(_ plan: ExecutionPlan, _ purge: inout PurgeDelay, _ now: Timestamp) {
        do {
            try InternalTopics(plan, log).purge(&purge, now: now)
            try log.maintain(now: now, upTo: .milliseconds(50))
        } catch {
            journal.warning("maintenance failed", ["error": "\(error)"])
        }
    }

    /// Whether nothing is left to do: every input of every task is consumed and committed, nothing waits, and no worker
    /// did anything while that was found out.
    private func isIdle(_ crew: Crew, _ plan: ExecutionPlan) throws -> Bool {
        let before = crew.reports
        guard before.allSatisfy(\.isIdle) else { return false }
        let inputs = Array(Set(plan.tasks.flatMap { plan.inputs(of: $0) }))
        let committed = try log.committedPositions(group: topology.name, inputs)
        for input in inputs {
            let end = try log.offsets(of: input, isolation: .committed).end
            guard let position = committed[input], position.offset >= end else { return false }
        }
        let after = crew.reports
        return after.allSatisfy(\.isIdle) && before.map(\.rounds) == after.map(\.rounds)
    }

    func environment(_ member: any GroupMember, _ plan: ExecutionPlan) throws -> TaskEnvironment {
        var environment = TaskEnvironment(
            incarnation: member.incarnation, instance: member.id, clock: options.clock,
            stateDirectory: options.stateDirectory,
            memory: StateMemory(bytes: options.stateMemory), counters: counters)
        environment.tracer = options.tracer
        environment.partitionCounts = { [sizes = TopicSizes(log)] in sizes.partitions(of: $0) }
        for topic in try log.topics() {
            environment.maxRecordBytes[topic.name] = log.recordLimit(of: topic)
            environment.changelogIncarnations[topic.name] = topic.incarnation
            if topic.name == topology.deadLetterTopic { environment.deadLetterPartitions = topic.partitions }
        }
        return environment
    }
}

/// A flag that is raised once and can be waited for.
final class StopSignal: Sendable {
    private let condition = NSCondition()
    private let raised = Mutex(false)

    var isRaised: Bool { raised.withLock { $0 } }

    func raise() {
        raised.withLock { $0 = true }
        condition.lock()
        condition.broadcast()
        condition.unlock()
    }

    /// Waits until it is raised or `duration` has passed.
    func wait(_ duration: Duration) {
        let limit = Date(timeIntervalSinceNow: Double(duration.milliseconds) / 1000)
        condition.lock()
        while !isRaised, condition.wait(until: limit) {}
        condition.unlock()
    }
}
