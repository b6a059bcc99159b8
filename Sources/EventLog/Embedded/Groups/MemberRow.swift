import Glibc

/// A row of the table of members: one process in one application.
struct MemberRow: Sendable {
    /// The member's name, and its lock file's.
    let id: String
    /// The plan it runs.
    let fingerprint: String
    /// The process.
    let pid: Int64
    /// The machine, or container, of the process.
    let host: String

    /// The process, for people.
    var who: String { "process \(pid) on \(host)" }

    /// The members of `application`, living or dead.
    static func all(of application: String, in database: Database) throws(EventLogError) -> [MemberRow] {
        try database.rows(
            "SELECT id, fingerprint, pid, host FROM member WHERE application = ? ORDER BY id", .text(application)
        ) { MemberRow(id: $0.text(0), fingerprint: $0.text(1), pid: $0.integer(2), host: $0.text(3)) }
    }

    /// Takes the member and what it owned out of the tables.
    static func remove(_ id: String, in database: Database) throws(EventLogError) {
        try database.run("UPDATE task_owner SET member = NULL WHERE member = ?", .text(id))
        try database.run("DELETE FROM member WHERE id = ?", .text(id))
    }

    /// The name of this machine.
    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
