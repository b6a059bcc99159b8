import CSQLite
import StreamCore

/// One connection to the log's file, with its prepared statements; belongs to one thread at a time.
final class Database {
    /// The file, for messages.
    let path: String
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]
    /// Why the last `COMMIT` failed.
    var commitFailure: EventLogError?
    /// Stands in for the result of `COMMIT`: tests make it fail or leave it unclear.
    var commitResult: (Int32) -> Int32 = { $0 }

    /// Opens `path`, which is created when `create` and it is not there.
    ///
    /// A statement waits for another process's lock up to `patience`, then it fails with `busy`.
    ///
    /// - Throws: ``EventLogError`` with code `unusableStorage` when it cannot be opened.
    init(path: String, create: Bool, patience: Duration) throws(EventLogError) {
        var opened: OpaquePointer?
        // No mutex: whoever owns the connection sees to it that one thread uses it at a time.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0)
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let error = SQLiteFailure.error(code, opened, path, "open the log")
            sqlite3_close_v2(opened)
            throw error
        }
        self.path = path
        handle = opened
        sqlite3_extended_result_codes(opened, 1)
        sqlite3_busy_timeout(opened, Int32(clamping: patience.milliseconds))
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// How many rows the last change touched.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Whether a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs statements that take and give nothing.
    func execute(_ sql: String) throws(EventLogError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, sql) }
    }

    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: SQLValue...) throws(EventLogError) -> Int {
        try step(sql, values) { _ in false }
        return changes
    }

    /// The rows of a query, each turned by `convert`.
    func rows<Result>(
        _ sql: String, _ values: SQLValue..., convert: (SQLRow) -> Result
    ) throws(EventLogError) -> [Result] {
        var results: [Result] = []
        try step(sql, values) { row in
            results.append(convert(row))
            return true
        }
        return results
    }

    /// The first row of a query, turned by `convert`; nil when there is none.
    func first<Result>(
        _ sql: String, _ values: SQLValue..., convert: (SQLRow) -> Result
    ) throws(EventLogError) -> Result? {
        var result: Result?
        try step(sql, values) { row in
            result = convert(row)
            return false
        }
        return result
    }

    /// Runs a query and gives its rows to `body` until that returns false; the rows are one snapshot of the log.
    func step(
        _ sql: String, _ values: [SQLValue], _ body: (SQLRow) throws(EventLogError) -> Bool
    ) throws(EventLogError) {
        let statement = try prepared(sql)
        defer { sqlite3_reset(statement) }
        for (index, value) in values.enumerated() { value.bind(to: statement, at: Int32(index + 1)) }
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else { throw failure(code, sql) }
                return
            }
            guard try body(SQLRow(statement: statement)) else { return }
        }
    }

    /// Runs an insert whose last value is `bytes`, without copying them.
    func insert(_ sql: String, _ values: SQLValue..., bytes: [UInt8]) throws(EventLogError) {
        let statement = try prepared(sql)
        for (index, value) in values.enumerated() { value.bind(to: statement, at: Int32(index + 1)) }
        let code = bytes.withUnsafeBytes { bytes in
            // No destructor: the bytes outlive the step, and the binding is cleared after it.
            sqlite3_bind_blob64(statement, Int32(values.count + 1), bytes.baseAddress, UInt64(bytes.count), nil)
            defer {
                sqlite3_reset(statement)
                sqlite3_clear_bindings(statement)
            }
            return sqlite3_step(statement)
        }
        guard code == SQLITE_DONE else { throw failure(code, sql) }
    }

    private func prepared(_ sql: String) throws(EventLogError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code, sql) }
        statements[sql] = statement
        return statement
    }

    /// What went wrong last, as the log's error.
    func failure(_ code: Int32, _ sql: String) -> EventLogError {
        SQLiteFailure.error(code, handle, path, sql)
    }
}
