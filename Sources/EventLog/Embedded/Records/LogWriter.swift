import StreamCore

/// Appends records outside of tasks: one transaction, all or none.
struct LogWriter {
    let file: LogFile
    let database: Database

    /// Appends `records` and returns the offsets they were given.
    mutating func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        let now = file.options.clock.now()
        var commit: Int64 = 0
        var ranges: [TopicPartition: Range<Int64>] = [:]
        var catalog = TopicCatalog()
        do {
            try file.commit(database) { () throws(EventLogError) in
                commit = try CommitIdentity.next(in: database, now: now)
                var appender = BatchAppender(
                    database, commit: commit, now: now, recordLimit: file.options.maxRecordBytes)
                ranges = try appender.append(records, &catalog)
            }
        } catch  where error.code == .outcomeUnknown {
            try UnclearCommit.resolve(commit, file, database.commitFailure ?? error)
        }
        return ranges
    }
}

/// Finds out what became of a commit whose end SQLite did not tell.
enum UnclearCommit {
    /// Returns when the log holds the commit `identity`.
    ///
    /// - Throws: ``EventLogError`` that is retriable (`diskFull` or `unavailable`) when the log does not hold it;
    ///   `outcomeUnknown` when the log cannot be asked.
    static func resolve(_ identity: Int64, _ file: LogFile, _ cause: EventLogError) throws(EventLogError) {
        let exists: Bool
        do {
            exists = try CommitIdentity.exists(identity, in: try file.connect())
        } catch {
            throw EventLogError(
                .outcomeUnknown, "It is not known whether a commit is in the log. \(cause.message) \(error.message)")
        }
        guard exists else {
            throw EventLogError(
                cause.isRetriable ? cause.code : .unavailable,
                "Nothing was committed; it may be tried again. \(cause.message)")
        }
    }
}
