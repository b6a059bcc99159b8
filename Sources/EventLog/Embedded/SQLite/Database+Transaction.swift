import CSQLite

extension Database {
    /// Runs `body` with the write lock: all of its changes are made, durably, or none.
    ///
    /// - Throws: what `body` throws, then nothing was changed; `outcomeUnknown` when `COMMIT` failed in a way that does
    ///   not tell; any other error of `COMMIT` means that nothing was changed.
    func transaction<Result>(_ body: () throws(EventLogError) -> Result) throws(EventLogError) -> Result {
        try run("BEGIN IMMEDIATE")
        let result: Result
        do {
            result = try body()
        } catch {
            rollBack()
            throw error
        }
        try commit()
        return result
    }

    /// Runs `body` on one snapshot of the log.
    func snapshot<Result>(_ body: () throws(EventLogError) -> Result) throws(EventLogError) -> Result {
        try run("BEGIN")
        defer { rollBack() }
        return try body()
    }

    /// Runs `body`; when it throws, its changes are undone and those made before in the transaction stay.
    func savepoint<Result>(_ body: () throws(EventLogError) -> Result) throws(EventLogError) -> Result {
        try run("SAVEPOINT task")
        do {
            let result = try body()
            try run("RELEASE task")
            return result
        } catch {
            // SQLite has ended the whole transaction by itself after some errors (no room, no memory).
            if isInTransaction {
                try run("ROLLBACK TO task")
                try run("RELEASE task")
            }
            throw error
        }
    }

    private func commit() throws(EventLogError) {
        let failure: EventLogError
        do {
            try run("COMMIT")
            let code = commitResult(SQLITE_OK)
            if code == SQLITE_OK { return }
            failure = self.failure(code, "COMMIT")
        } catch {
            failure = error
        }
        commitFailure = failure
        guard isInTransaction else {
            throw EventLogError(
                .outcomeUnknown, "It is not known whether a transaction was committed. \(failure.message)")
        }
        rollBack()
        throw failure
    }

    private func rollBack() {
        // An error means that SQLite has rolled back already.
        if isInTransaction { _ = try? run("ROLLBACK") }
    }
}
