import CSQLite

/// An SQLite database in memory with one full-text table, which the keyword searches of one owner share.
///
/// Each search has a range of row numbers of its own. Belongs to one thread.
public final class KeywordDatabase {
    /// Entry numbers take 40 bits of a row number, searches the 23 above.
    static let numberBits: Int64 = 40
    private static let changesPerCommit = 1_000

    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]
    private var nextSlot: Int64 = 0
    private var freeSlots: [Int64] = []
    private var uncommitted = 0

    /// An empty database.
    ///
    /// - Throws: ``MemoryIndexError`` when this SQLite has no FTS5, or there is no memory.
    public init() throws(MemoryIndexError) {
        var opened: OpaquePointer?
        // No mutex: one thread owns it. A database in memory leaves no file.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_MEMORY
        let code = sqlite3_open_v2(":memory:", &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw MemoryIndexError("SQLite cannot open a database in memory (result \(code))")
        }
        handle = opened
        try execute("PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096")
        try execute("CREATE VIRTUAL TABLE entries USING fts5(body, tokenize = 'unicode61 remove_diacritics 2')")
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// A slot that nobody has.
    func takeSlot() throws(MemoryIndexError) -> Int64 {
        if let slot = freeSlots.popLast() { return slot }
        guard nextSlot < 1 << 23 else { throw MemoryIndexError("more than 8 million sessions are searched at once") }
        nextSlot += 1
        return nextSlot - 1
    }

    /// Removes what a slot holds; it may be taken again.
    func giveBack(_ slot: Int64) {
        // A database that fails here is thrown away by its owner at the next call, which fails as well.
        try? removeAll(slot)
        freeSlots.append(slot)
    }

    func insert(_ row: Int64, _ text: String) throws(MemoryIndexError) {
        try run("INSERT INTO entries (rowid, body) VALUES (?1, ?2)", [row], text: text)
        try changed()
    }

    func remove(_ row: Int64) throws(MemoryIndexError) {
        try run("DELETE FROM entries WHERE rowid = ?1", [row])
        try changed()
    }

    func removeAll(_ slot: Int64) throws(MemoryIndexError) {
        let range = Self.rows(of: slot)
        try run("DELETE FROM entries WHERE rowid BETWEEN ?1 AND ?2", [range.lowerBound, range.upperBound])
        try changed()
    }

    /// The rows of a slot that match an FTS5 expression, best first.
    func search(
        _ slot: Int64, _ expression: String, limit: Int
    ) throws(MemoryIndexError) -> [(row: Int64, score: Double)] {
        let range = Self.rows(of: slot)
        var found: [(row: Int64, score: Double)] = []
        try run(
            """
            SELECT rowid, bm25(entries) FROM entries WHERE rowid BETWEEN ?1 AND ?3 AND entries MATCH ?2 \
            ORDER BY bm25(entries), rowid DESC LIMIT ?4
            """, [range.lowerBound], text: expression, [range.upperBound, Int64(limit)]
        ) { statement in
            found.append((sqlite3_column_int64(statement, 0), -sqlite3_column_double(statement, 1)))
        }
        return found
    }

    /// How many bytes all databases of the process in memory take, as SQLite counts.
    var bytesUsed: Int {
        var (current, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(handle, SQLITE_DBSTATUS_CACHE_USED, &current, &highest, 0)
        return Int(current)
    }

    private static func rows(of slot: Int64) -> ClosedRange<Int64> {
        (slot << numberBits)...((slot << numberBits) | ((1 << numberBits) - 1))
    }

    // MARK: Statements

    /// Many changes make one transaction: FTS5 then merges what they have in common.
    private func changed() throws(MemoryIndexError) {
        uncommitted += 1
        guard uncommitted >= Self.changesPerCommit else { return }
        uncommitted = 0
        try execute("COMMIT")
    }

    private func run(
        _ sql: String, _ first: [Int64], text: String? = nil, _ rest: [Int64] = [],
        row: (OpaquePointer) -> Void = { _ in }
    ) throws(MemoryIndexError) {
        if sqlite3_get_autocommit(handle) != 0 { try execute("BEGIN") }
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        var place: Int32 = 1
        for number in first {
            sqlite3_bind_int64(statement, place, number)
            place += 1
        }
        if let text {
            tributary_bind_text(statement, place, text, Int32(clamping: text.utf8.count))
            place += 1
        }
        for number in rest {
            sqlite3_bind_int64(statement, place, number)
            place += 1
        }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure(sql) }
            row(statement)
        }
    }

    private func execute(_ sql: String) throws(MemoryIndexError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    private func prepared(_ sql: String) throws(MemoryIndexError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(sql) }
        statements[sql] = statement
        return statement
    }

    private func failure(_ sql: String) -> MemoryIndexError {
        MemoryIndexError("SQLite: \(String(cString: sqlite3_errmsg(handle))) (\(sql))")
    }
}
