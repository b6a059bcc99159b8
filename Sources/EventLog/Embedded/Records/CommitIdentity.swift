import StreamCore

/// Makes the identities of commits: ascending, and never the same twice, even when the log has lost its end.
///
/// The time in milliseconds, then 20 random bits; when the clock does not advance, a random distance from the one
/// before. After a power cut that took the last commits along, new ones do not get the identities of the lost, so
/// that a checkpoint of lost entries is recognised.
enum CommitIdentity {
    /// The number of random bits.
    private static let randomBits: Int64 = 20

    /// Writes the next identity down, in the transaction that it names.
    static func next(in database: Database, now: Timestamp) throws(EventLogError) -> Int64 {
        let last = try database.first("SELECT max(commit_id) FROM log_commit") { $0.integer(0) } ?? 0
        let time = min(max(0, now.milliseconds), 1 << 42)
        let identity = max(time << randomBits, last + 1) + Int64.random(in: 0..<(1 << randomBits))
        try database.run("INSERT INTO log_commit(commit_id) VALUES (?)", .integer(identity))
        return identity
    }

    /// When the commit was made.
    static func time(of identity: Int64) -> Timestamp { Timestamp(milliseconds: identity >> randomBits) }

    /// The smallest identity of a commit that was made at `time`.
    static func first(at time: Timestamp) -> Int64 { min(max(0, time.milliseconds), 1 << 42) << randomBits }

    /// Whether the log holds the commit `identity`.
    static func exists(_ identity: Int64, in database: Database) throws(EventLogError) -> Bool {
        try database.first("SELECT 1 FROM log_commit WHERE commit_id = ?", .integer(identity)) { _ in true } ?? false
    }

    /// Forgets identities that nobody can ask for any more: all but the last ten thousand.
    static func forgetOld(in database: Database) throws(EventLogError) {
        try database.run(
            """
            DELETE FROM log_commit WHERE commit_id <
                (SELECT commit_id FROM log_commit ORDER BY commit_id DESC LIMIT 1 OFFSET 10000)
            """)
    }
}
