import StreamCore

/// Commits the tasks of one worker, all in one transaction; belongs to one thread.
final class EmbeddedCommitter: TaskCommitter {
    private let file: LogFile
    private let application: String
    private let member: String
    /// The connection; tests make its `COMMIT` fail.
    private(set) var database: Database
    private var catalog = TopicCatalog()
    private var commits = 0

    /// A committer for tasks that `member` has taken over.
    init(_ file: LogFile, application: String, member: String) throws(EventLogError) {
        self.file = file
        self.application = application
        self.member = member
        database = try file.connect()
    }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        guard !commits.isEmpty else { return [] }
        let now = file.options.clock.now()
        var identity: Int64 = 0
        var outcomes: [TaskCommitOutcome] = []
        do {
            try file.commit(database) { () throws(EventLogError) in
                identity = try CommitIdentity.next(in: database, now: now)
                for commit in commits { outcomes.append(try write(commit, identity, now)) }
                try forgetOldIdentities()
            }
        } catch  where error.code == .outcomeUnknown {
            try recover(identity, database.commitFailure ?? error)
        }
        file.bells.ring()
        return outcomes
    }

    /// Writes one task's commit: all of it or, when the task is at fault, nothing.
    private func write(
        _ commit: TaskCommit, _ identity: Int64, _ now: Timestamp
    ) throws(EventLogError) -> TaskCommitOutcome {
        do {
            return try database.savepoint { () throws(EventLogError) in
                try passFence(commit)
                var appender = BatchAppender(
                    database, commit: identity, now: now, recordLimit: file.options.maxRecordBytes)
                let appended = try appender.append(commit.records, &catalog)
                for (partition, position) in commit.positions {
                    try CommittedPositions.write(application, partition, position, in: database)
                }
                return .committed(CommitReceipt(commitID: identity, appended: appended))
            }
        } catch {
            // SQLite gave up the whole transaction, or the file is at fault: nothing can be committed.
            guard database.isInTransaction else { throw error }
            switch error.code {
            case .fenced: return .fenced
            case .unknownTopic, .partitionOutOfRange, .recordTooLarge, .invalidConfiguration: return .failed(error)
            default: throw error
            }
        }
    }

    /// Goes first, before anything is written: only the member that took the task over last may commit.
    private func passFence(_ commit: TaskCommit) throws(EventLogError) {
        let passed = try database.run(
            "UPDATE task_owner SET seq = seq + 1 WHERE application = ? AND task = ? AND member = ? AND epoch = ?",
            .text(application), .text(commit.task.description), .text(member), .integer(commit.epoch))
        guard passed == 1 else {
            throw EventLogError(
                .fenced, "The task \(commit.task) of \(application) was taken over after epoch \(commit.epoch).")
        }
    }

    private func forgetOldIdentities() throws(EventLogError) {
        commits += 1
        if commits.isMultiple(of: 1_024) { try CommitIdentity.forgetOld(in: database) }
    }

    /// Asks the log, through a new connection, whether it holds the commit `identity`.
    private func recover(_ identity: Int64, _ cause: EventLogError) throws(EventLogError) {
        // The old connection may still hold what failed.
        if let fresh = try? file.connect() { database = fresh }
        try UnclearCommit.resolve(identity, file, cause)
    }
}
