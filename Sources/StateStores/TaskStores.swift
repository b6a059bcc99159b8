public import StreamCore

/// All stores of one task: one RocksDB, one column family for each store.
///
/// Belongs to the thread that runs the task. Register the stores, then ``open()``. Dropping the object without
/// ``close(checkpointing:)`` leaves on disk what the last checkpoint wrote, as a crash does.
public final class TaskStores {
    /// The task.
    public let task: TaskID
    /// Where the stores are on disk; nil when nothing is.
    public let directory: String?
    @usableFromInline let memory: StateMemory
    private let application: String?
    private let clock: any WallClock
    private var registered: [any CheckpointedStore] = []
    private var database: Database?
    private var isOpen = false

    /// The stores of `task`, nothing opened yet.
    ///
    /// - Parameters:
    ///   - task: the task.
    ///   - directory: its own directory, created when missing; nil keeps every store in memory.
    ///   - memory: what the process's stores share.
    ///   - application: the application's name, for tools that read the directory.
    ///   - clock: tells when a checkpoint is made.
    public init(
        task: TaskID, directory: String?, memory: StateMemory, application: String? = nil,
        clock: any WallClock = SystemWallClock()
    ) {
        self.task = task
        self.directory = directory
        self.memory = memory
        self.application = application
        self.clock = clock
    }

    deinit { letGo() }

    /// Registers a key-value store.
    ///
    /// - Throws: ``StateStoreError`` with code `invalidSpecification` for a second store of one name, or a specification
    ///   that is not of a key-value store or names other serdes; `invalidUse` after ``open()``.
    @inlinable public func keyValueStore<Key: Hashable & Sendable, Value: Sendable>(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>
    ) throws(StateStoreError) -> KeyValueStore<Key, Value> {
        try check(specification, isWindow: false, key: key.description, value: value.description)
        let store = KeyValueStore(
            specification, key: key, value: value, memory: memory, onDisk: isOnDisk(specification))
        register(store)
        return store
    }

    /// Registers a window store.
    ///
    /// - Throws: as ``keyValueStore(_:key:value:)``.
    @inlinable public func windowStore<Key: Hashable & Sendable, Value: Sendable>(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>
    ) throws(StateStoreError) -> WindowStore<Key, Value> {
        try check(specification, isWindow: true, key: key.description, value: value.description)
        let store = WindowStore(
            specification, key: key, value: value, memory: memory, onDisk: isOnDisk(specification))
        register(store)
        return store
    }

    /// The registered stores, in the order of registration.
    public var stores: [any StateStore] { registered }

    /// Opens what is on disk, or creates it.
    ///
    /// - Throws: ``StateStoreError`` with code `locked` while another process has it, `incompatibleStore` or
    ///   `incompatibleVersion` when it is not what was registered, `corrupt` when it must be destroyed and rebuilt from the
    ///   changelogs.
    public func open() throws(StateStoreError) {
        guard !isOpen else { return }
        if let directory, registered.contains(where: { $0.specification.isPersistent }) {
            try open(directory)
        }
        isOpen = true
    }

    /// Moves what is committed but not yet on disk to disk, each store with its own mark.
    ///
    /// - Parameter moment: stores whose checkpoint is older are written again even if nothing has changed, so that an idle
    ///   store does not look outdated (rule 7 of the design).
    /// - Throws: ``StateStoreError`` with code `invalidUse` while a store has uncommitted changes. Stores whose part had
    ///   succeeded before keep it; the others are as before.
    public func checkpoint(renewingBefore moment: Timestamp? = nil) throws(StateStoreError) {
        guard let database else { return }
        try Checkpoint(database: database, stores: registered, renewingBefore: moment).run()
    }

    /// Whether changes that only a checkpoint can move out of memory take most of the memory that is there for them.
    public var wantsCheckpoint: Bool {
        guard database != nil, memory.decodedBytes > memory.decodedBudget / 4 * 3 else { return false }
        return registered.contains { $0.disk != nil && $0.changesSinceCheckpoint > Checkpoint.worthwhile }
    }

    /// Lets go of the directory, after a checkpoint when `checkpointing` and nothing is uncommitted.
    ///
    /// - Throws: ``StateStoreError`` of the checkpoint; the directory is let go of all the same.
    public func close(checkpointing: Bool) throws(StateStoreError) {
        defer { letGo() }
        if checkpointing, !registered.contains(where: { $0.hasUncommittedChanges }) { try checkpoint() }
    }

    /// Removes a directory of stores that nobody has open.
    ///
    /// - Throws: ``StateStoreError`` with code `locked` when somebody has, `io` when the file system refuses.
    public static func destroy(directory: String) throws(StateStoreError) { try Database.destroy(directory) }
}

extension TaskStores {
    @usableFromInline func check(
        _ specification: StoreSpecification, isWindow: Bool, key: String, value: String
    ) throws(StateStoreError) {
        guard !isOpen else {
            throw StateStoreError(.invalidUse, "registered after the stores were opened", store: specification.name)
        }
        guard !registered.contains(where: { $0.specification.name == specification.name }) else {
            throw StateStoreError(.invalidSpecification, "registered twice", store: specification.name)
        }
        try specification.check(isWindow: isWindow, key: key, value: value)
    }

    @usableFromInline func isOnDisk(_ specification: StoreSpecification) -> Bool {
        directory != nil && specification.isPersistent
    }

    @usableFromInline func register<Store: StateStore>(_ store: Store) {
        if let store = store as? any CheckpointedStore { registered.append(store) }
    }

    private func open(_ directory: String) throws(StateStoreError) {
        let persistent = registered.filter { $0.specification.isPersistent }
        let database = try Database(
            directory: directory, wanted: persistent.map { $0.specification.name }, memory: memory)
        self.database = database
        do throws(StateStoreError) {
            let keeper = MetadataKeeper(database)
            let metadata = try merged(with: keeper.read(), directory)
            try keeper.write(metadata)
            for store in persistent {
                let layout = StoreLayout(store.specification, segment: metadata.segments[store.specification.name])
                try store.open(
                    StoreDisk(family: database.family(store.specification.name), layout: layout, clock: clock))
            }
        } catch {
            // Stores that are open already would keep the lock.
            letGo()
            throw error
        }
    }

    /// What the directory will say: the registered stores, and those of before that are not registered now.
    private func merged(
        with stored: StoreDirectoryMetadata?, _ directory: String
    ) throws(StateStoreError) -> StoreDirectoryMetadata {
        if let stored, stored.task != task {
            throw StateStoreError(
                .incompatibleStore,
                "'\(directory)' belongs to task \(stored.task), not \(task): give each task its own directory")
        }
        var segments = stored?.segments ?? [:]
        for store in registered {
            let specification = store.specification
            if let old = stored?.stores.first(where: { $0.name == specification.name }) {
                try specification.checkCompatible(with: old, in: directory)
            }
            if case .window(_, let retention) = specification.kind, segments[specification.name] == nil {
                segments[specification.name] = StoreLayout.segment(forRetention: retention)
            }
        }
        let names = Set(registered.map { $0.specification.name })
        return StoreDirectoryMetadata(
            formatVersion: StoreDirectoryMetadata.currentFormat, application: application ?? stored?.application,
            task: task,
            stores: registered.map { $0.specification } + (stored?.stores ?? []).filter { !names.contains($0.name) },
            segments: segments)
    }

    private func letGo() {
        guard let database else { return }
        self.database = nil
        for store in registered { store.closed() }
        database.close()
    }
}
