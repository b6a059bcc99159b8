import StreamCore
import Synchronization

/// The client's side of a membership: joins, beats, finds out; tells its listener when it is polled.
final class SimulatedMembership: Membership {
    fileprivate enum News {
        case granted([Int32])
        case revoked([Int32])
        case lost([Int32])
    }

    fileprivate struct State {
        var member = ""
        var generation: Int32 = -1
        var owned: [Int32] = []
        var news: [News] = []
        /// Whether the present assignment was looked at.
        var isSettled = false
        var mustRejoin = false
        var isFenced = false
        var hasLeft = false
        var lastPoll: Timestamp
    }

    private let group: GroupSpecification
    private let tasksTopic: String
    private let connection: SimulatedConnection
    private let state: Mutex<State>

    init(_ group: GroupSpecification, tasksTopic: String, _ connection: SimulatedConnection) {
        self.group = group
        self.tasksTopic = tasksTopic
        self.connection = connection
        state = Mutex(State(lastPoll: connection.cluster.clock.now()))
    }

    func poll(_ hear: (MembershipChange) -> Void) throws(EventLogError) {
        // The call itself may hang: nobody hears anything meanwhile.
        do throws(SimulatedConnection.Trouble) {
            try connection.exchange("poll") { _, _ in }
        } catch {
            if error.isDeath { throw error.error }
        }
        let now = connection.cluster.clock.now()
        state.withLock { $0.lastPoll = now }
        beat()
        while let news = state.withLock({ $0.news.isEmpty ? nil : $0.news.removeFirst() }) {
            deliver(news, hear)
            if connection.isDead { throw EventLogError(.closed, "the process is dead") }
        }
        state.withLock { $0.lastPoll = connection.cluster.clock.now() }
        if state.withLock({ $0.isFenced }) {
            throw EventLogError(.fenced, "another process has the static membership of this one")
        }
    }

    private func deliver(_ news: News, _ hear: (MembershipChange) -> Void) {
        switch news {
        case .granted(let tasks):
            let token = state.withLock { state in
                state.owned = (state.owned + tasks).sorted()
                return state.token
            }
            hear(.granted(tasks, token))
        case .revoked(let tasks):
            hear(.revoked(tasks, token))
            state.withLock { state in
                state.owned.removeAll { tasks.contains($0) }
                state.mustRejoin = true
            }
        case .lost(let tasks):
            hear(.lost(tasks))
        }
    }

    /// What the client shows at this moment.
    var token: MembershipToken { state.withLock { $0.token } }

    func leave(_ hear: (MembershipChange) -> Void) {
        let (owned, id) = state.withLock { state in
            defer { state.hasLeft = true }
            return (state.owned, state.member)
        }
        if !owned.isEmpty { hear(.revoked(owned, token)) }
        connection.remove(self)
        guard !connection.isDead else { return }
        let now = connection.cluster.clock.now()
        connection.cluster.state.withLock { cluster in
            cluster.groups[group.application]?.leave(id, now: now)
            cluster.advanceGroups(now: now)
        }
    }

    func commit(_ positions: [TopicPartition: CommittedPosition]) throws(EventLogError) {
        let (member, generation) = state.withLock { ($0.member, $0.generation) }
        let isTaken: Bool
        do throws(SimulatedConnection.Trouble) {
            isTaken = try connection.exchange("commit positions") { cluster, _ in
                guard cluster.groups[group.application]?.isCurrent(member, generation) == true else { return false }
                cluster.groups[group.application]?.commit(positions)
                return true
            }
        } catch { throw error.error }
        if !isTaken { throw EventLogError(.busy, "the group is rebalancing") }
    }

    // MARK: In the background

    /// A sign of life, and what its answer asks for; does not wait.
    func beat() {
        let now = connection.cluster.clock.now()
        state.withLock { state in
            guard !state.isFenced, !state.hasLeft else { return }
            connection.cluster.state.withLock { cluster in
                let tasks = cluster.topics[tasksTopic]?.partitions ?? 0
                cluster.groups[group.application, default: SimulatedGroup(group.application)].tasks = tasks
                beat(&state, &cluster, now)
                cluster.advanceGroups(now: now)
            }
        }
    }

    private func beat(_ state: inout State, _ cluster: inout SimulatedCluster.State, _ now: Timestamp) {
        let name = group.application
        if state.member.isEmpty {
            // Losses are heard before anything is joined again.
            guard state.news.isEmpty else { return }
            state.member =
                cluster.groups[name]?.join(
                    connection.name, instance: group.staticMember, session: group.sessionTimeout,
                    rebalance: group.pollInterval, now: now) ?? ""
            state.isSettled = false
            state.mustRejoin = false
            return
        }
        if now >= state.lastPoll + group.pollInterval {
            cluster.note("\(connection.name): not polled for too long, leaves")
            cluster.groups[name]?.leave(state.member, now: now)
            return lose(&state)
        }
        switch cluster.groups[name]?.beat(state.member, now: now) {
        case .fenced:
            state.isFenced = true
            lose(&state)
        case .unknown, nil:
            cluster.note("\(connection.name): finds itself expelled")
            lose(&state)
        case .rejoin(let generation):
            // The answer to the join told the generation, even if its assignment was never fetched.
            if state.generation != generation, !state.mustRejoin, !state.isSettled, state.generation >= 0 {
                state.generation = generation
            }
            guard state.news.isEmpty else { return }
            state.mustRejoin = false
            state.isSettled = false
            cluster.groups[name]?.rejoin(state.member, owned: state.owned, now: now)
        case .fine(let generation, let assigned):
            guard state.news.isEmpty else { return }
            if state.mustRejoin {
                state.mustRejoin = false
                state.isSettled = false
                cluster.groups[name]?.rejoin(state.member, owned: state.owned, now: now)
            } else if !state.isSettled || state.generation != generation {
                settle(&state, generation, assigned)
            }
        }
    }

    private func settle(_ state: inout State, _ generation: Int32, _ assigned: [Int32]) {
        state.generation = generation
        state.isSettled = true
        let revoked = state.owned.filter { !assigned.contains($0) }
        let granted = assigned.filter { !state.owned.contains($0) }
        if !revoked.isEmpty { state.news.append(.revoked(revoked)) }
        if !granted.isEmpty || revoked.isEmpty { state.news.append(.granted(granted)) }
    }

    private func lose(_ state: inout State) {
        state.member = ""
        state.generation = -1
        state.news = [.lost(state.owned)]
        state.owned = []
    }

    /// Whether the brokers see this member as the present owner of `task`, and it knows.
    func isCurrent(_ task: Int32) -> Bool {
        let (member, generation, owned) = state.withLock { ($0.member, $0.generation, $0.owned) }
        return connection.cluster.state.withLock { cluster in
            guard let known = cluster.groups[group.application] else { return false }
            return known.isCurrent(member, generation) && known.owner(of: task) == member && owned.contains(task)
        }
    }
}

extension SimulatedMembership.State {
    fileprivate var token: MembershipToken {
        MembershipToken(member: member, generation: generation, content: [])
    }
}
