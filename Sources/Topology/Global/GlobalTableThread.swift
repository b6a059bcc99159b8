import EventLog
import Foundation
import Observability
import StreamCore
import Synchronization

/// The thread that keeps an instance's global tables up to date.
final class GlobalTableThread: Sendable {
    private struct State {
        var isCaughtUp = false
        var isStopping = false
        var failure: (any Error)?
        var wake: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())
    private let finished = DispatchGroup()

    /// Starts to fill `tables`.
    init(_ tables: GlobalTables, on log: any EventLog, _ counters: Counters, _ journal: EventJournal) {
        finished.enter()
        let thread = Thread { [self] in
            defer { finished.leave() }
            do {
                let feed = try GlobalTableFeed(tables, on: log, counters, journal)
                state.withLock { $0.wake = feed.wake }
                try follow(feed)
            } catch {
                state.withLock { $0.failure = error }
            }
        }
        thread.name = "global-tables"
        thread.start()
    }

    /// Whether the tables hold all that was there at the start.
    ///
    /// - Throws: why the tables cannot be kept.
    func isCaughtUp() throws -> Bool {
        let (failure, isCaughtUp) = state.withLock { ($0.failure, $0.isCaughtUp) }
        if let failure { throw failure }
        return isCaughtUp
    }

    /// Ends the thread and waits for its end.
    func finish() {
        let wake = state.withLock { state in
            state.isStopping = true
            return state.wake
        }
        wake()
        finished.wait()
    }

    private func follow(_ feed: GlobalTableFeed) throws {
        while !state.withLock({ $0.isStopping }) {
            let isBusy = try feed.step()
            if feed.isCaughtUp { state.withLock { $0.isCaughtUp = true } }
            if !isBusy { feed.wait(upTo: .milliseconds(100)) }
        }
    }
}
