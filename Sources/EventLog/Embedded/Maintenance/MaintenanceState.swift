import Synchronization

/// What maintenance remembers from one call to the next.
final class MaintenanceState: Sendable {
    /// The compaction that was begun and not finished.
    let pass = Mutex<CompactionPass?>(nil)
}
