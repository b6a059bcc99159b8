import CSQLite
import Glibc

/// Turns SQLite's result codes into the log's errors.
enum SQLiteFailure {
    /// The error for result `code` of `statement` on the file `path`.
    static func error(
        _ code: Int32, _ handle: OpaquePointer?, _ path: String, _ statement: String
    ) -> EventLogError {
        let reason = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "no memory"
        let cause = handle.map { sqlite3_system_errno($0) } ?? 0
        let code = kind(code, cause)
        return EventLogError(code, "The log \(path): \(reason) (\(statement)). \(advice(code))")
    }

    /// What result `code` with the system's error `cause` means for the log.
    static func kind(_ code: Int32, _ cause: Int32) -> EventLogError.Code {
        switch code & 0xff {
        case SQLITE_FULL: .diskFull
        case SQLITE_IOERR where cause == ENOSPC || cause == EDQUOT: .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .unusableStorage
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        default: .other
        }
    }

    private static func advice(_ code: EventLogError.Code) -> String {
        switch code {
        case .diskFull: "Make room on that file system; it goes on by itself then."
        case .busy: "Another process holds the log for long; if it hangs, end it."
        case .unusableStorage: "Check that the folder exists and that this user may write in it."
        case .corrupt: "Restore the folder from a backup, or move it away to start with an empty log."
        default: "Look at the system's log for trouble with the disk."
        }
    }
}
