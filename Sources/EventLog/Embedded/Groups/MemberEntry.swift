import Glibc
import StreamCore

/// Enters a process into an application's group.
struct MemberEntry {
    /// What a member gets when it joins.
    struct Joined {
        /// This life of the application.
        let incarnation: String
        /// The lock that says that this member lives.
        let lock: LockFile
    }

    let file: LogFile
    let group: GroupSpecification

    /// An entry into `group`.
    init(_ file: LogFile, _ group: GroupSpecification) {
        self.file = file
        self.group = group
    }

    /// Takes the lock and writes the rows for member `id`, in one transaction: whoever sees the row sees the lock.
    func enter(_ id: String) throws(EventLogError) -> Joined {
        let database = try file.connect()
        var dead: [String] = []
        do {
            let joined = try file.write(database) { () throws(EventLogError) in
                dead = try removeDead(database)
                guard let lock = try LockFile.tryLock(file.folder.lock(of: id)) else {
                    throw EventLogError(.logInUse, "The lock file of the new member \(id) is locked by somebody else.")
                }
                return Joined(incarnation: try insert(id, in: database), lock: lock)
            }
            for member in dead { file.folder.removeLock(of: member) }
            return joined
        } catch {
            file.folder.removeLock(of: id)
            throw error
        }
    }

    /// Takes dead members out of the tables and refuses to join living ones that run another plan.
    ///
    /// - Returns: the lock files that nobody needs any more: dead members', and those of processes that died joining.
    private func removeDead(_ database: Database) throws(EventLogError) -> [String] {
        var dead: [String] = []
        for row in try MemberRow.all(of: group.application, in: database) {
            guard try LockProbe(file.folder.lock(of: row.id)).isHeld else {
                try MemberRow.remove(row.id, in: database)
                dead.append(row.id)
                continue
            }
            guard row.fingerprint == group.fingerprint else {
                throw EventLogError(
                    .incompatiblePlan,
                    "The application \(group.application) runs another plan in \(row.who) (\(row.fingerprint), "
                        + "this one is \(group.fingerprint)). Stop that process first, or start this one under "
                        + "another name."
                )
            }
        }
        // Members enter under the write lock, which we hold: a file without a row is of one that did not get there.
        let known = Set(try database.rows("SELECT id FROM member") { $0.text(0) })
        return dead + file.folder.lockedMembers().filter { !known.contains($0) && !dead.contains($0) }
    }

    private func insert(_ id: String, in database: Database) throws(EventLogError) -> String {
        let now = file.options.clock.now().milliseconds
        let application = group.application
        let incarnation = try database.first(
            """
            INSERT INTO application(name, incarnation, fingerprint, generation, created_ms) VALUES (?, ?, ?, 1, ?)
            ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, generation = generation + 1
            RETURNING incarnation
            """, .text(application), .text(UniqueName.make()), .text(group.fingerprint), .integer(now)
        ) { $0.text(0) }
        try database.run(
            "INSERT INTO member(id, application, fingerprint, pid, host, joined_ms) VALUES (?, ?, ?, ?, ?, ?)",
            .text(id), .text(application), .text(group.fingerprint), .integer(Int64(getpid())),
            .text(MemberRow.hostName()), .integer(now))
        for task in group.tasks {
            try database.run(
                "INSERT OR IGNORE INTO task_owner(application, task) VALUES (?, ?)", .text(application),
                .text(task.description))
        }
        return incarnation ?? ""
    }
}
