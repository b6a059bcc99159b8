import StreamCore

/// The log's tables and the version of their form.
enum LogFormat {
    /// Marks the file as a log ("TRIB"); SQLite's `application_id`.
    static let application: Int64 = 0x5452_4942
    /// The version of the tables; SQLite's `user_version`.
    static let version: Int64 = 1

    /// Creates the tables in an empty file, or refuses a file that is not a log of this version.
    static func establish(in database: Database, creating: Bool) throws(EventLogError) {
        if try recognize(database) { return }
        guard creating else {
            throw EventLogError(.unusableStorage, "\(database.path) is empty: no log was ever opened there.")
        }
        // These two work only outside of a transaction, and the page size only before the first table.
        try database.execute("PRAGMA page_size = \(pageSize)")
        try database.execute("PRAGMA journal_mode = WAL")
        try database.transaction { () throws(EventLogError) in
            for table in tables { try database.execute(table) }
            try database.execute("PRAGMA application_id = \(application)")
            try database.execute("PRAGMA user_version = \(version)")
        }
    }

    /// Whether the file is a log of this version; false when it is empty.
    private static func recognize(_ database: Database) throws(EventLogError) -> Bool {
        let mark = try database.first("PRAGMA application_id") { $0.integer(0) } ?? 0
        let found = try database.first("PRAGMA user_version") { $0.integer(0) } ?? 0
        if mark == application, found == version { return true }
        if mark == application {
            throw EventLogError(
                .incompatibleVersion,
                "\(database.path) has format version \(found); this program reads version \(version). "
                    + "Use the version of Tributary that wrote it, or move the folder away to start with an empty log.")
        }
        let objects = try database.first("SELECT count(*) FROM sqlite_schema") { $0.integer(0) } ?? 0
        guard objects == 0, mark == 0 else {
            throw EventLogError(
                .corrupt, "\(database.path) is a database of another program, not a log. Give another data directory.")
        }
        return false
    }

    private static let pageSize = 8_192

    private static let tables = [
        """
        CREATE TABLE topic(
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
            cleanup TEXT NOT NULL, retention_ms INTEGER, max_record_bytes INTEGER, incarnation TEXT NOT NULL,
            created_ms INTEGER NOT NULL)
        """,
        """
        CREATE TABLE topic_partition(
            id INTEGER PRIMARY KEY AUTOINCREMENT, topic_id INTEGER NOT NULL, number INTEGER NOT NULL,
            start_offset INTEGER NOT NULL DEFAULT 0, next_offset INTEGER NOT NULL DEFAULT 0,
            horizon INTEGER NOT NULL DEFAULT 0, horizon_commit INTEGER NOT NULL DEFAULT 0, UNIQUE(topic_id, number))
        """,
        "CREATE TABLE removed_partition(id INTEGER PRIMARY KEY)",
        // The payload comes last: to read the columns before it SQLite need not follow its pages.
        """
        CREATE TABLE batch(
            id INTEGER PRIMARY KEY, partition_id INTEGER NOT NULL, base_offset INTEGER NOT NULL,
            next_offset INTEGER NOT NULL, commit_id INTEGER NOT NULL, max_timestamp INTEGER NOT NULL,
            records INTEGER NOT NULL, checksum INTEGER NOT NULL, payload BLOB NOT NULL)
        """,
        "CREATE UNIQUE INDEX batch_by_offset ON batch(partition_id, next_offset)",
        "CREATE TABLE log_commit(commit_id INTEGER PRIMARY KEY)",
        """
        CREATE TABLE application(
            name TEXT PRIMARY KEY, incarnation TEXT NOT NULL, fingerprint TEXT NOT NULL, generation INTEGER NOT NULL,
            created_ms INTEGER NOT NULL)
        """,
        """
        CREATE TABLE member(
            id TEXT PRIMARY KEY, application TEXT NOT NULL, fingerprint TEXT NOT NULL, pid INTEGER NOT NULL,
            host TEXT NOT NULL, joined_ms INTEGER NOT NULL)
        """,
        """
        CREATE TABLE task_owner(
            application TEXT NOT NULL, task TEXT NOT NULL, member TEXT, epoch INTEGER NOT NULL DEFAULT 0,
            seq INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(application, task)) WITHOUT ROWID
        """,
        """
        CREATE TABLE position(
            application TEXT NOT NULL, topic TEXT NOT NULL, number INTEGER NOT NULL, next_offset INTEGER NOT NULL,
            metadata TEXT NOT NULL, PRIMARY KEY(application, topic, number)) WITHOUT ROWID
        """,
    ]
}
