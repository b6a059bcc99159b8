import Synchronization

extension JournaledRegistry where Journal == InMemoryJournal {
    /// A registry within this process, with nothing in it.
    public init() { self.init(journal: InMemoryJournal()) }
}

/// A registry within this process: for tests, and for applications whose schemas nobody else needs.
public typealias InMemorySchemaRegistry = JournaledRegistry<InMemoryJournal>

/// A journal that keeps the fold only.
public final class InMemoryJournal: RegistryJournal {
    private let state = Mutex(RegistryState())

    /// An empty journal.
    public init() {}

    /// All that was appended, folded.
    public func current() -> RegistryState { state.withLock { $0 } }

    /// Folds `entry`.
    public func append(_ entry: RegistryEntry) -> RegistryState.Outcome {
        state.withLock { $0.apply(entry) }
    }
}
