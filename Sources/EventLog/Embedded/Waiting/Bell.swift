import CShims
import Glibc
import Synchronization

/// Wakes one waiting reader; any thread may ring.
final class Bell: Sendable {
    /// Readable while the bell has been rung and not heard.
    let descriptor: Int32

    /// A bell that nobody has rung.
    ///
    /// - Throws: ``EventLogError`` with code `other` when this process has too many files open.
    init() throws(EventLogError) {
        descriptor = tributary_event_descriptor()
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(-descriptor))
            throw EventLogError(
                .other, "A reader cannot be made: \(reason). Raise the limit of open files (ulimit -n).")
        }
    }

    deinit { close(descriptor) }

    /// Ends the current or the next wait.
    func ring() {
        var one: UInt64 = 1
        // Cannot fail but when it was rung 2^64 times.
        _ = write(descriptor, &one, 8)
    }

    /// Forgets that it was rung; false when it was not.
    func hear() -> Bool {
        var count: UInt64 = 0
        return read(descriptor, &count, 8) == 8
    }
}

/// The bells of a log's readers.
final class Bells: Sendable {
    private let bells = Mutex<[ObjectIdentifier: Bell]>([:])

    /// Adds a bell to be rung.
    func add(_ bell: Bell) { bells.withLock { $0[ObjectIdentifier(bell)] = bell } }

    /// Rings `bell` no more.
    func remove(_ bell: Bell) { bells.withLock { $0[ObjectIdentifier(bell)] = nil } }

    /// Rings all.
    func ring() {
        bells.withLock { for bell in $0.values { bell.ring() } }
    }
}
