import Dispatch

/// A connection that several threads use in turn.
// Unchecked: every use of the connection is between wait and signal.
final class SharedDatabase: @unchecked Sendable {
    private let database: Database
    private let turn = DispatchSemaphore(value: 1)

    /// Shares `database`, which nobody else uses from now on.
    init(_ database: sending Database) { self.database = database }

    /// Runs `body` when it is this thread's turn; must not be called from within `body`.
    func use<Result>(_ body: (Database) throws(EventLogError) -> Result) throws(EventLogError) -> Result {
        turn.wait()
        defer { turn.signal() }
        return try body(database)
    }
}
