import StreamCore
import Synchronization

extension EmbeddedMember {
    /// What one poll found to do.
    private struct Changes {
        var granted: [TaskID] = []
        var revoked: [TaskID] = []
        var released: [TaskID] = []
        var lost: [TaskID] = []

        var isEmpty: Bool { granted.isEmpty && released.isEmpty && lost.isEmpty }
    }

    func poll(_ listener: any AssignmentListener) throws(EventLogError) {
        var current = state.withLock { $0 }
        guard current.lock != nil else {
            throw EventLogError(.closed, "This member of \(group.application) has left; join again.")
        }
        guard try isOutOfDate(current) else { return }
        let (roll, changes) = try review(&current)
        current.tasks.subtract(changes.lost + changes.revoked)
        current.tasks.formUnion(changes.granted)
        if !changes.lost.isEmpty { listener.lost(changes.lost) }
        if !changes.revoked.isEmpty { listener.revoked(changes.revoked) }
        keep(current, after: roll, changes.isEmpty)
        if !changes.granted.isEmpty { listener.granted(changes.granted) }
        if !changes.released.isEmpty { try release(changes.released) }
        guard roll.living.contains(where: { $0.id == id }) else {
            throw EventLogError(
                .fenced, "This member of \(group.application) was removed from the group; stop, or join again.")
        }
    }

    func roster() throws(EventLogError) -> [String: [TaskID]]? {
        var probes = state.withLock { $0.probes }
        let roll = try database.use { database throws(EventLogError) in
            try database.snapshot { () throws(EventLogError) in
                try MemberRoll.read(group, member: id, probes: &probes, in: database)
            }
        }
        var roster = Dictionary(roll.living.map { ($0.id, [TaskID]()) }) { first, _ in first }
        for case (let task, let owner?) in roll.sharing.owners { roster[owner]?.append(task) }
        return roster.mapValues { $0.sorted() }
    }

    /// Remembers what a poll found; a poll that changed something is followed by one that looks again.
    private func keep(_ current: State, after roll: MemberRoll, _ isSettled: Bool) {
        let probes = current.probes
        state.withLock { state in
            // The worker's thread may have left meanwhile.
            guard state.lock != nil else { return }
            state.tasks = current.tasks
            state.probes = probes
            state.probes.keep(roll.living.map(\.id))
            state.generation = isSettled ? roll.generation : -1
        }
    }

    /// Whether members or owners have changed, or another member has died: one small query and a call for each member.
    private func isOutOfDate(_ current: State) throws(EventLogError) -> Bool {
        let generation = try database.use { database throws(EventLogError) in
            try MemberRoll.generation(of: group.application, in: database)
        }
        return generation == current.generation ? !(try current.probes.allAlive) : true
    }

    /// Looks at the whole group, and changes owners when there is something to change.
    private func review(_ current: inout State) throws(EventLogError) -> (MemberRoll, Changes) {
        var probes = current.probes
        let tasks = current.tasks
        let outcome = try database.use { database throws(EventLogError) in
            let roll = try database.snapshot { () throws(EventLogError) in
                try MemberRoll.read(group, member: id, probes: &probes, in: database)
            }
            let changes = changes(roll, tasks)
            guard !changes.granted.isEmpty || !roll.dead.isEmpty else { return (roll, changes) }
            return try file.write(database) { () throws(EventLogError) in
                let roll = try MemberRoll.read(group, member: id, probes: &probes, in: database)
                return try (roll, apply(self.changes(roll, tasks), roll, in: database))
            }
        }
        current.probes = probes
        for member in outcome.0.dead { file.folder.removeLock(of: member.id) }
        return outcome
    }

    private func changes(_ roll: MemberRoll, _ tasks: Set<TaskID>) -> Changes {
        guard roll.living.contains(where: { $0.id == id }) else { return Changes(lost: tasks.sorted()) }
        let mine = Set(roll.sharing.mine)
        let surplus = roll.sharing.surplus
        // A poll that failed half-way may have left tasks that are ours without being granted, or not released.
        let unannounced = mine.subtracting(tasks).subtracting(surplus).sorted()
        return Changes(
            granted: unannounced + roll.sharing.claims, revoked: surplus.filter(tasks.contains), released: surplus,
            lost: tasks.subtracting(mine).sorted())
    }

    /// Removes dead members and takes what is this member's share.
    private func apply(
        _ changes: Changes, _ roll: MemberRoll, in database: Database
    ) throws(EventLogError) -> Changes {
        for member in roll.dead { try MemberRow.remove(member.id, in: database) }
        for task in changes.granted {
            try database.run(
                "UPDATE task_owner SET member = ? WHERE application = ? AND task = ?", .text(id),
                .text(group.application), .text(task.description))
        }
        try MemberRoll.advance(group.application, in: database)
        return changes
    }

    private func release(_ tasks: [TaskID]) throws(EventLogError) {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                for task in tasks {
                    try database.run(
                        "UPDATE task_owner SET member = NULL WHERE application = ? AND task = ? AND member = ?",
                        .text(group.application), .text(task.description), .text(id))
                }
                try MemberRoll.advance(group.application, in: database)
            }
        }
    }
}
