import StreamCore
import Synchronization

/// One process's membership in an application: a locked file while the process lives, and rows for what it owns.
final class EmbeddedMember: GroupMember {
    struct State {
        /// What was granted and not taken away.
        var tasks: Set<TaskID> = []
        /// The generation that the last poll saw.
        var generation: Int64 = -1
        var probes: MemberProbes
        /// Held as long as this member lives.
        var lock: LockFile?
    }

    let id: String
    let incarnation: String
    let file: LogFile
    let group: GroupSpecification
    let database: SharedDatabase
    let state: Mutex<State>

    /// Joins `group`.
    ///
    /// - Throws: ``EventLogError`` with code `incompatiblePlan` while a member with another plan lives.
    init(_ file: LogFile, _ group: GroupSpecification) throws(EventLogError) {
        let name = group.application.utf8
        guard !name.isEmpty, !name.contains(0) else {
            throw EventLogError(.invalidConfiguration, "An application needs a name.")
        }
        let id = UniqueName.make()
        let joined = try MemberEntry(file, group).enter(id)
        self.id = id
        self.file = file
        self.group = group
        incarnation = joined.incarnation
        database = SharedDatabase(try file.connect())
        state = Mutex(State(probes: MemberProbes(file.folder), lock: joined.lock))
    }

    func makeCommitter() throws(EventLogError) -> any TaskCommitter {
        try EmbeddedCommitter(file, application: group.application, member: id)
    }

    func leave() {
        let lock = state.withLock { state in
            state.tasks = []
            return state.lock.take()
        }
        guard let lock else { return }
        // When the tables cannot be changed the lock is let go all the same: others see a dead member and clean up.
        try? database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                try MemberRow.remove(id, in: database)
                try MemberRoll.advance(group.application, in: database)
            }
        }
        file.folder.removeLock(of: id)
        withExtendedLifetime(lock) {}
    }

    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                let epoch = try database.first(
                    """
                    UPDATE task_owner SET epoch = epoch + 1 WHERE application = ? AND task = ? AND member = ?
                    RETURNING epoch
                    """, .text(group.application), .text(task.description), .text(id)
                ) { $0.integer(0) }
                guard let epoch else {
                    throw EventLogError(
                        .fenced, "The task \(task) of \(group.application) is not this member's (any more).")
                }
                var ends: [TopicPartition: LogOffsets] = [:]
                for changelog in changelogs {
                    ends[changelog] = try PartitionState.of(changelog, in: database).offsets
                }
                return Takeover(
                    epoch: epoch,
                    positions: try CommittedPositions.read(group.application, inputs, in: database),
                    changelogs: ends)
            }
        }
    }
}
