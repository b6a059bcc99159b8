import StreamCore

/// How living members share an application's tasks: evenly, to within one, and with as few moves as possible.
///
/// Every member computes its own part from the same rows. Those with the most tasks keep the larger shares, so a
/// balanced assignment stays as it is.
struct TaskSharing {
    /// The member that asks.
    let me: String
    /// The living members, this one among them.
    let members: [String]
    /// The tasks of the plan with their living owners; nil for tasks that are free.
    let owners: [TaskID: String?]

    /// What I have.
    var mine: [TaskID] { owners.filter { $0.value == me }.keys.sorted() }

    /// How many tasks I should have.
    var share: Int {
        guard members.contains(me) else { return 0 }
        var counts: [String: Int] = [:]
        for case let owner? in owners.values { counts[owner, default: 0] += 1 }
        let ranked = members.sorted { left, right in
            let (ours, theirs) = (counts[left] ?? 0, counts[right] ?? 0)
            return ours == theirs ? left < right : ours > theirs
        }
        let rank = ranked.firstIndex(of: me) ?? ranked.count
        return owners.count / members.count + (rank < owners.count % members.count ? 1 : 0)
    }

    /// The free tasks I should take now, up to my share.
    ///
    /// Subtopologies of which I have the fewest come first, so that every member gets some of each.
    var claims: [TaskID] {
        var counts = countsBySubtopology()
        var free = Dictionary(grouping: owners.filter { $0.value == nil }.keys.sorted().reversed(), by: \.subtopology)
        var claims: [TaskID] = []
        for _ in 0..<max(0, share - mine.count) {
            let next = free.keys.min { (counts[$0] ?? 0, $0) < (counts[$1] ?? 0, $1) }
            guard let next, let task = free[next]?.popLast() else { break }
            if free[next]?.isEmpty == true { free[next] = nil }
            counts[next, default: 0] += 1
            claims.append(task)
        }
        return claims
    }

    /// The tasks I should give up, down to my share: of subtopologies of which I have the most.
    var surplus: [TaskID] {
        var counts = countsBySubtopology()
        var held = Dictionary(grouping: mine, by: \.subtopology)
        var surplus: [TaskID] = []
        for _ in 0..<max(0, mine.count - share) {
            let next = held.keys.max { (counts[$0] ?? 0, $0) < (counts[$1] ?? 0, $1) }
            guard let next, let task = held[next]?.popLast() else { break }
            if held[next]?.isEmpty == true { held[next] = nil }
            counts[next, default: 0] -= 1
            surplus.append(task)
        }
        return surplus
    }

    private func countsBySubtopology() -> [Int32: Int] {
        Dictionary(mine.map { ($0.subtopology, 1) }, uniquingKeysWith: +)
    }
}
