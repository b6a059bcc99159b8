import StreamCore

/// What the simulated group coordinator knows of one group: members, generation, cooperative assignment, positions.
struct SimulatedGroup {
    struct Member {
        var id: String
        var instance: String?
        let session: Duration
        let rebalance: Duration
        var lastSeen: Timestamp
        /// Whether it takes part in the next generation.
        var hasJoined: Bool
        /// What it has by its own account, and what the present generation gives it.
        var owned: [Int32]
        var assigned: [Int32]
    }

    enum Beat: Equatable {
        case fine(generation: Int32, assigned: [Int32])
        case rejoin(generation: Int32)
        case unknown
        case fenced
    }

    let name: String
    var generation: Int32 = 0
    var members: [Member] = []
    var positions: [TopicPartition: CommittedPosition] = [:]
    /// Positions of transactions whose marker has not come, by transaction, with the order in which they were received.
    private var pending: [Int: (order: Int, positions: [TopicPartition: CommittedPosition])] = [:]
    private var orders: [TopicPartition: Int] = [:]
    private var lastOrder = 0
    /// Partitions of the tasks topic.
    var tasks: Int32 = 0
    /// When the members are no longer waited for that did not rejoin; nil while the group is stable.
    private(set) var deadline: Timestamp?
    private var joins = 0
    private var formerIDs: [String: String] = [:]

    init(_ name: String) { self.name = name }

    func isCurrent(_ member: String, _ generation: Int32) -> Bool {
        generation == self.generation && members.contains { $0.id == member }
    }

    /// Whether an open transaction may still change the position of one of `partitions`.
    func isUnstable(_ partitions: [TopicPartition]) -> Bool {
        pending.values.contains { held in partitions.contains { held.positions[$0] != nil } }
    }

    mutating func hold(_ positions: [TopicPartition: CommittedPosition], transaction: Int) {
        lastOrder += 1
        let held = pending[transaction]?.positions ?? [:]
        pending[transaction] = (lastOrder, held.merging(positions) { $1 })
    }

    /// The marker of `transaction` arrives; what was received later stays.
    mutating func settle(transaction: Int, commit: Bool) {
        guard let held = pending.removeValue(forKey: transaction), commit else { return }
        for (place, position) in held.positions where held.order >= orders[place] ?? 0 {
            positions[place] = position
            orders[place] = held.order
        }
    }

    /// Positions outside of transactions.
    mutating func commit(_ positions: [TopicPartition: CommittedPosition]) {
        lastOrder += 1
        for (place, position) in positions {
            self.positions[place] = position
            orders[place] = lastOrder
        }
    }

    func owner(of task: Int32) -> String? { members.first { $0.assigned.contains(task) }?.id }

    /// A new member, or the return of a static one under a new id; returns the id.
    mutating func join(
        _ client: String, instance: String?, session: Duration, rebalance: Duration, now: Timestamp
    ) -> String {
        joins += 1
        let id = "\(client)-\(joins)"
        if let instance, let index = members.firstIndex(where: { $0.instance == instance }) {
            formerIDs[members[index].id] = instance
            members[index].id = id
            members[index].lastSeen = now
            members[index].owned = []
            // Its assignment stays; nobody is disturbed.
            members[index].hasJoined = deadline != nil
            return id
        }
        members.append(
            Member(
                id: id, instance: instance, session: session, rebalance: rebalance, lastSeen: now, hasJoined: true,
                owned: [], assigned: []))
        begin(now)
        return id
    }

    /// A member takes part in the next generation, with what it has now.
    mutating func rejoin(_ id: String, owned: [Int32], now: Timestamp) {
        guard let index = members.firstIndex(where: { $0.id == id }) else { return }
        members[index].lastSeen = now
        members[index].owned = owned
        members[index].hasJoined = true
        begin(now)
    }

    mutating func leave(_ id: String, now: Timestamp) {
        guard let index = members.firstIndex(where: { $0.id == id }), members[index].instance == nil else { return }
        remove(index, now)
    }

    mutating func beat(_ id: String, now: Timestamp) -> Beat {
        guard let index = members.firstIndex(where: { $0.id == id }) else {
            return formerIDs[id] == nil ? .unknown : .fenced
        }
        members[index].lastSeen = now
        if deadline != nil { return .rejoin(generation: generation) }
        return .fine(generation: generation, assigned: members[index].assigned)
    }

    /// Expels whoever gave no sign of life, and begins the next generation when all have joined.
    mutating func advance(now: Timestamp, restless: Int, _ random: inout SeededRandom) {
        for member in members where now >= member.lastSeen + member.session {
            if let index = members.firstIndex(where: { $0.id == member.id }) { remove(index, now) }
        }
        guard let deadline else { return }
        if now >= deadline { members.removeAll { !$0.hasJoined } }
        guard members.allSatisfy(\.hasJoined) else { return }
        self.deadline = nil
        generation += 1
        assign(restless: restless, &random)
        for index in members.indices { members[index].hasJoined = false }
    }

    /// Whether all members have joined the next generation.
    var isComplete: Bool { deadline != nil && members.allSatisfy(\.hasJoined) }

    /// When ``advance(now:restless:_:)`` may have something to do.
    var nextDue: Timestamp? {
        let sessions = members.map { $0.lastSeen + $0.session }.min()
        return [deadline, sessions].compactMap(\.self).min()
    }

    private mutating func begin(_ now: Timestamp) {
        guard deadline == nil else { return }
        deadline = now + (members.map(\.rebalance).max() ?? .seconds(10))
    }

    private mutating func remove(_ index: Int, _ now: Timestamp) {
        members.remove(at: index)
        begin(now)
    }

    /// Cooperative and sticky: what a member has stays its own or is nobody's in this generation; what nobody has is shared.
    private mutating func assign(restless: Int, _ random: inout SeededRandom) {
        guard !members.isEmpty else { return }
        var claimed: Set<Int32> = []
        for index in members.indices {
            members[index].assigned = members[index].owned.filter { $0 < tasks && claimed.insert($0).inserted }.sorted()
        }
        let free = (0..<tasks).filter { !claimed.contains($0) }
        let (least, extra) = Int(tasks).quotientAndRemainder(dividingBy: members.count)
        let byLoad = members.indices.sorted {
            (members[$1].assigned.count, $0) < (members[$0].assigned.count, $1)
        }
        for (rank, index) in byLoad.enumerated() {
            let quota = least + (rank < extra ? 1 : 0)
            while members[index].assigned.count > quota { members[index].assigned.removeLast() }
        }
        // Now and then a task moves without need: the more moves, the more is tried.
        if members.count > 1, random.happens(restless) {
            let index = random.below(members.count)
            if !members[index].assigned.isEmpty {
                members[index].assigned.remove(at: random.below(members[index].assigned.count))
            }
        }
        let shift = random.below(members.count)
        for task in free {
            let order = members.indices.map { ($0 + shift) % members.count }
            if let lightest = order.min(by: { members[$0].assigned.count < members[$1].assigned.count }) {
                members[lightest].assigned.append(task)
            }
        }
    }
}
