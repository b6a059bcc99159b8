import StreamCore

/// The side of a store that ``TaskStores`` drives: opening and checkpoints.
protocol CheckpointedStore: StateStore {
    var layout: StoreLayout { get }
    var disk: StoreDisk? { get }

    /// The changelog position that memory stands for.
    var pendingMark: ChangelogMark? { get }

    /// The store's part of the directory is open.
    func open(_ disk: StoreDisk) throws(StateStoreError)

    /// The directory is closed.
    func closed()

    /// The header to write with a checkpoint made now.
    func newHeader(_ mark: ChangelogMark, _ disk: StoreDisk) -> StoreHeader

    /// Adds what changed since the last checkpoint, as it goes to disk.
    func collectChanges(into changes: inout SortedChanges) throws(StateStoreError)

    /// What ``collectChanges(into:)`` added is on disk.
    func changesWritten() throws(StateStoreError)
}
