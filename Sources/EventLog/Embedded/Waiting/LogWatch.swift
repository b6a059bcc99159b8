import CShims
import Glibc
import StreamCore

/// Waits for appends of this process, who ring, and of others, who do not; belongs to one reader's thread.
///
/// SQLite tells cheaply whether anything was committed, so for some time after a change we just ask again and again.
/// When it stays quiet the kernel is asked to tell of the next write to the log's journal (inotify); that comes
/// before the commit is visible, so it only starts the asking again.
final class LogWatch {
    /// Quieter than this: look rarely, and let the kernel tell of writes.
    private static let restless: Duration = .milliseconds(100)
    /// Quieter than this: a commit that was being written when the kernel was asked is long over.
    private static let settled: Duration = .seconds(1)

    /// Wakes the reader.
    let bell: Bell
    private let database: Database
    private let journal: String
    /// The kernel's watch; -1 when there is none, then we look all the time.
    private var watch: Int32
    private var isArmed = false
    private var seenVersion: Int64
    private var quietSince = ContinuousClock.now

    /// A watch of the log that `database` has open.
    init(_ database: Database) throws(EventLogError) {
        self.database = database
        journal = database.path + "-wal"
        bell = try Bell()
        seenVersion = try Self.version(database)
        // Without a watch (their number is limited) waiting works as well and costs a little more.
        watch = tributary_watch_descriptor()
    }

    deinit { if watch >= 0 { close(watch) } }

    /// Waits until something was committed, the bell was rung, or `duration` is over.
    func wait(upTo duration: Duration) {
        let start = ContinuousClock.now
        var now = start
        repeat {
            if hasChanged() || sleep(min(pause(now), duration - (now - start))) { return }
            now = .now
        } while now - start < duration
    }

    /// How long to sleep before looking again.
    private func pause(_ now: ContinuousClock.Instant) -> Duration {
        let quiet = now - quietSince
        if quiet < Self.restless { return max(quiet / 8, .milliseconds(1)) }
        if watch >= 0, !isArmed {
            isArmed = tributary_watch_next_write(watch, journal) == 0
            if !isArmed { dropWatch() }
        }
        return isArmed && quiet > Self.settled ? .seconds(1) : .milliseconds(20)
    }

    /// Sleeps; true when the bell was rung.
    private func sleep(_ duration: Duration) -> Bool {
        var descriptors = [
            pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = max(0, (duration + .microseconds(999)).milliseconds)
        let ready = poll(&descriptors, 2, Int32(clamping: milliseconds))
        if ready > 0, descriptors[1].revents != 0 { hearWatch() }
        return ready > 0 && descriptors[0].revents != 0 && bell.hear()
    }

    private func hearWatch() {
        var event = [UInt8](repeating: 0, count: 4_096)
        while read(watch, &event, event.count) > 0 {}
        isArmed = false
        quietSince = .now
    }

    private func hasChanged() -> Bool {
        // A log that cannot be asked may have changed: the next read tells what is wrong.
        guard let version = try? Self.version(database) else { return true }
        guard version != seenVersion else { return false }
        // The kernel should have told of this; on this file system it does not.
        if isArmed, ContinuousClock.now - quietSince > Self.settled, !isWatchReady() { dropWatch() }
        seenVersion = version
        quietSince = .now
        return true
    }

    private func isWatchReady() -> Bool {
        var descriptor = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    private func dropWatch() {
        if watch >= 0 { close(watch) }
        watch = -1
        isArmed = false
    }

    /// A number that changes when another connection, of any process, commits.
    private static func version(_ database: Database) throws(EventLogError) -> Int64 {
        try database.first("PRAGMA data_version") { $0.integer(0) } ?? 0
    }
}
