import StreamCore
import Synchronization

/// A member of an application's group on brokers: the rules of assignment and take-over, whatever brokers they are.
///
/// The group subscribes only to the tasks topic, one empty partition for each task. Which task a partition stands for says
/// the plan record in that topic.
final class BrokeredMember: GroupMember {
    private struct State {
        var owned: Set<TaskID> = []
        /// What commits show; nil while nothing is assigned.
        var token: MembershipToken?
        /// What they will show once the plan of the new generation is known to be this member's.
        var next: MembershipToken?
        var epochs: [TaskID: Int64] = [:]
        var lastEpoch: Int64 = 0
        var committers = 0
        /// Whether a new generation began and the plan was not looked at since.
        var mustCheckPlan = false
        var isOver = false
    }

    let group: GroupSpecification
    let cluster: any GroupCluster
    private let membership: any Membership
    private let register: PlanRegister
    private let plan: PlanRecord
    private let state = Mutex(State())

    /// Joins `group`: prepares its tasks topic, agrees on the plan, ends what this instance may have left open.
    ///
    /// - Throws: ``EventLogError``: `incompatiblePlan` when living members run another plan.
    init(_ group: GroupSpecification, on cluster: any GroupCluster) throws(EventLogError) {
        self.group = group
        self.cluster = cluster
        register = PlanRegister(group, cluster)
        plan = try register.settle()
        for number in 0..<group.formerCommitters where group.guarantee == .exactlyOnce {
            try Self.finish(group.transactionalID(number), cluster, group)
        }
        membership = try cluster.makeMembership(group, tasksTopic: register.topic)
    }

    var id: String { "\(group.instance)-\(startTime)" }
    private let startTime = UInt64.random(in: 0 ... .max)

    var incarnation: String { plan.incarnation }

    func poll(_ listener: any AssignmentListener) throws(EventLogError) {
        do {
            try membership.poll { change in hear(change, listener) }
        } catch {
            if error.code == .fenced { loseAll(listener) }
            throw error
        }
        try checkPlan(listener)
    }

    func leave() {
        state.withLock { state in
            state.isOver = true
        }
        membership.leave { _ in }
        state.withLock { state in
            state.owned = []
            state.token = nil
        }
    }

    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover {
        // First of all: what the task's former life in this process still wants to commit is refused from here on.
        let epoch = state.withLock { state -> Int64? in
            guard state.owned.contains(task), !state.isOver else { return nil }
            state.lastEpoch += 1
            state.epochs[task] = state.lastEpoch
            return state.lastEpoch
        }
        guard let epoch else { throw notOurs(task) }
        let positions = try cluster.stablePositions(group: group.application, inputs)
        // After the positions are final, and with everything counted: markers reach partitions one by one.
        var ends: [TopicPartition: LogOffsets] = [:]
        for changelog in changelogs { ends[changelog] = try cluster.watermarks(of: changelog) }
        guard holds(task, epoch) else { throw notOurs(task) }
        return Takeover(epoch: epoch, positions: positions, changelogs: ends)
    }

    func makeCommitter() throws(EventLogError) -> any TaskCommitter {
        let number = state.withLock { state in
            defer { state.committers += 1 }
            return state.committers
        }
        switch group.guarantee {
        case .exactlyOnce: return BrokeredCommitter(self, id: group.transactionalID(number))
        case .atLeastOnce: return RepeatingCommitter(self)
        }
    }

    /// Whether `task` is this member's under `epoch`.
    func holds(_ task: TaskID, _ epoch: Int64) -> Bool {
        state.withLock { $0.owned.contains(task) && $0.epochs[task] == epoch }
    }

    /// What commits show now; nil while the plan of a new generation is being looked at, or when nothing is assigned.
    var token: MembershipToken? { state.withLock { $0.token } }

    /// As the brokers call it; nothing is kept for others before the first assignment.
    var rosterName: String { token?.member ?? id }

    /// By the brokers' list of the group; nil while it is rebalancing, or when they do not tell.
    ///
    /// May wait for brokers that are away as long as any question does.
    func roster() throws(EventLogError) -> [String: [TaskID]]? {
        let found: GroupDescription?
        do {
            found = try cluster.log.group(group.application)
        } catch {
            guard error.code == .unsupported else { throw error }
            return nil
        }
        guard let found, found.state == .stable else { return nil }
        return Dictionary(found.members.map { ($0.id, $0.tasks) }) { $0 + $1 }
    }

    /// Commits positions without a transaction.
    func commit(_ positions: [TopicPartition: CommittedPosition]) throws(EventLogError) {
        try membership.commit(positions)
    }
}

// MARK: - Assignment

extension BrokeredMember {
    private func hear(_ change: MembershipChange, _ listener: any AssignmentListener) {
        switch change {
        case .granted(let partitions, let token):
            let tasks = plan.tasks(of: partitions)
            state.withLock { state in
                state.mustCheckPlan = true
                state.owned.formUnion(tasks)
                state.token = nil
                state.next = token.isGenuine ? token : nil
            }
            if !tasks.isEmpty { listener.granted(tasks) }
        case .revoked(let partitions, let token):
            let tasks = plan.tasks(of: partitions)
            state.withLock { state in
                state.token = token.isGenuine ? token : nil
                state.next = state.token
            }
            if !tasks.isEmpty { listener.revoked(tasks) }
            state.withLock { state in
                state.mustCheckPlan = true
                state.owned.subtract(tasks)
            }
        case .lost(let partitions):
            let tasks = plan.tasks(of: partitions)
            // Before the listener hears of it: nothing of a lost task may be committed.
            state.withLock { state in
                state.owned.subtract(tasks)
                state.token = nil
                state.next = nil
            }
            if !tasks.isEmpty { listener.lost(tasks) }
        }
    }

    /// Members of one generation run one plan: whoever finds another one leaves before it commits anything.
    private func checkPlan(_ listener: any AssignmentListener) throws(EventLogError) {
        guard state.withLock({ $0.mustCheckPlan }) else { return }
        let current = try register.read()
        if let current, !current.covers(group) || current.incarnation != plan.incarnation {
            loseAll(listener)
            throw register.foreign(current)
        }
        state.withLock { state in
            state.mustCheckPlan = false
            state.token = state.next
        }
    }

    private func loseAll(_ listener: any AssignmentListener) {
        let tasks = state.withLock { state in
            defer {
                state.owned = []
                state.token = nil
                state.isOver = true
            }
            return state.owned.sorted()
        }
        if !tasks.isEmpty { listener.lost(tasks) }
    }

    private func notOurs(_ task: TaskID) -> EventLogError {
        EventLogError(.fenced, "task \(task) of '\(group.application)' is not assigned to this member any more")
    }

    /// Ends what a former committer of this instance left open.
    private static func finish(
        _ id: String, _ cluster: any GroupCluster, _ group: GroupSpecification
    ) throws(EventLogError) {
        let producer = try cluster.makeTransactions(id: id, timeout: group.transactionTimeout)
        do { try producer.initialize() } catch { throw error.error }
    }
}

extension GroupSpecification {
    /// The transactional id of this instance's committer `number`.
    func transactionalID(_ number: Int) -> String { "\(application)-\(instance)-\(number)" }

    /// The topic with one partition for each task.
    var tasksTopic: String { "\(application)-tasks" }
}
