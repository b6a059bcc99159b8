import Dispatch
import Glibc
import StreamCore

/// What all connections of one embedded log share.
final class LogFile: Sendable {
    /// Where the files are.
    let folder: LogFolder
    /// How the log was opened.
    let options: EmbeddedLogOptions
    /// Rung when this log has appended something.
    let bells = Bells()
    /// Queues this process's writers, who would otherwise sleep and try again until SQLite's lock is free.
    private let turn = DispatchSemaphore(value: 1)

    /// Opens the log in `dataDirectory`, creating it when the options say so.
    init(dataDirectory: String, options: EmbeddedLogOptions) throws(EventLogError) {
        guard !dataDirectory.isEmpty, !dataDirectory.utf8.contains(0) else {
            throw EventLogError(.invalidConfiguration, "The data directory has no name.")
        }
        guard (1...(512 << 20)).contains(options.maxRecordBytes) else {
            throw EventLogError(
                .invalidConfiguration, "maxRecordBytes is \(options.maxRecordBytes); it must be 1 to \(512 << 20).")
        }
        folder = LogFolder(dataDirectory: dataDirectory)
        self.options = options
        if options.opening == .createIfMissing { try create() } else { try find() }
    }

    private func find() throws(EventLogError) {
        guard folder.exists else {
            throw EventLogError(
                .unusableStorage,
                "There is no log in \(folder.dataDirectory). Give the data directory of an application that has run.")
        }
        try FileSystem.check(folder.log)
        try LogFormat.establish(in: try open(create: false), creating: false)
    }

    /// A new connection.
    func connect() throws(EventLogError) -> Database {
        let database = try open(create: false)
        // Every commit is on the disk before it is acknowledged: a store never gets ahead of the log.
        try database.execute("PRAGMA synchronous = FULL")
        try database.execute("PRAGMA temp_store = MEMORY")
        // Debian's SQLite overwrites what is deleted with zeros: twice the writing for every deletion.
        try database.execute("PRAGMA secure_delete = OFF")
        try database.execute("PRAGMA wal_autocheckpoint = 2000")
        try database.execute("PRAGMA journal_size_limit = \(64 << 20)")
        if let pages = options.maxPages { try database.execute("PRAGMA max_page_count = \(pages)") }
        return database
    }

    /// Runs `body` in a transaction of `database`, one of this process at a time.
    ///
    /// - Throws: what `body` throws, and what ``Database/transaction(_:)`` does.
    func commit<Result>(
        _ database: Database, _ body: () throws(EventLogError) -> Result
    ) throws(EventLogError) -> Result {
        turn.wait()
        defer { turn.signal() }
        return try database.transaction(body)
    }

    /// Runs `body`, which does no harm when it is run twice, in a transaction of `database`.
    ///
    /// - Throws: as ``commit(_:_:)``; but the cause, such as `diskFull`, for a commit whose end is unclear and that
    ///   may be tried again.
    func write<Result>(
        _ database: Database, _ body: () throws(EventLogError) -> Result
    ) throws(EventLogError) -> Result {
        do {
            return try commit(database, body)
        } catch  where error.code == .outcomeUnknown {
            guard let cause = database.commitFailure, cause.isRetriable else { throw error }
            throw cause
        }
    }

    private func open(create: Bool) throws(EventLogError) -> Database {
        try Database(path: folder.database, create: create, patience: options.patience)
    }

    private func create() throws(EventLogError) {
        try folder.create()
        // Processes that start together must not set up the file together: SQLite does not wait for that lock.
        let end = ContinuousClock.now + options.patience
        var lock = try LockFile.tryLock(folder.creation)
        while lock == nil, ContinuousClock.now < end {
            usleep(5_000)
            lock = try LockFile.tryLock(folder.creation)
        }
        guard lock != nil else {
            throw EventLogError(.busy, "Another process has been opening \(folder.log) for \(options.patience).")
        }
        try withExtendedLifetime(lock) { () throws(EventLogError) in
            try LogFormat.establish(in: try open(create: true), creating: true)
        }
        syncFolder()
    }

    /// Puts the new file's name on the disk, too.
    private func syncFolder() {
        let descriptor = Glibc.open(folder.log, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
