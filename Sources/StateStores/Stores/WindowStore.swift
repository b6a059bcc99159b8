public import StreamCore

/// Values with timestamps by key and window start: decoded in memory over what is committed on disk.
///
/// Starts are not negative. What lies before the horizon that ``expire(before:)`` sets is gone: not read, not written.
/// Windows that open and close between two checkpoints never touch the disk.
public final class WindowStore<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    /// What the plan declared.
    public let specification: StoreSpecification
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let loops: WindowLoops<Key, Value>
    let memory: StateMemory
    @usableFromInline var layout: StoreLayout

    // Unchecked: a check costs a call at each access, and no access here lasts while foreign code runs that could come back.
    @usableFromInline @exclusivity(unchecked) var owners: [WindowOwner<Key>] = []
    @usableFromInline @exclusivity(unchecked) var slots: [WindowSlot<Value>] = []
    @usableFromInline @exclusivity(unchecked) var index = HashIndex()
    @usableFromInline @exclusivity(unchecked) var freeOwners: [Int32] = []
    @usableFromInline @exclusivity(unchecked) var freeSlots: [Int32] = []
    /// Slots that changed since the last ``appendChanges(to:topic:partition:)``, and those that it appended.
    @usableFromInline @exclusivity(unchecked) var changed: [Int32] = []
    @usableFromInline @exclusivity(unchecked) var inFlight: [Int32] = []
    /// Slots that changed since the last checkpoint.
    @usableFromInline @exclusivity(unchecked) var dirty: [Int32] = []
    /// Slots by the time they start in, so that they can be dropped together.
    @usableFromInline @exclusivity(unchecked) var buckets: [Int64: [Int32]] = [:]
    @usableFromInline @exclusivity(unchecked) var epoch: UInt32 = 1
    /// How many slots have a value.
    @usableFromInline @exclusivity(unchecked) var living = 0
    /// No window that starts later is on disk without being in memory: a miss after it need not look there.
    @usableFromInline @exclusivity(unchecked) var diskOnlyThrough: Int64
    @usableFromInline @exclusivity(unchecked) var horizonStart: Int64 = .min
    @usableFromInline @exclusivity(unchecked) var size = SizeEstimate()
    @usableFromInline var scratch = ByteWriter()
    @usableFromInline var disk: StoreDisk?
    @usableFromInline let isOnDisk: Bool
    @usableFromInline let bucketWidth: Int64

    var committedMark: ChangelogMark?
    /// The latest start that was ever written to disk.
    var latestStart: Int64 = .min
    var segments: Set<Int64> = []
    var isScanning = 0
    var countedBytes = 0

    @inlinable convenience init(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>, memory: StateMemory, onDisk: Bool
    ) {
        self.init(specification, key: key, value: value, memory: memory, onDisk: onDisk, loops: WindowLoops())
    }

    @usableFromInline init(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>, memory: StateMemory, onDisk: Bool,
        loops: WindowLoops<Key, Value>
    ) {
        self.specification = specification
        self.memory = memory
        self.loops = loops
        keySerde = key
        valueSerde = value
        layout = StoreLayout(specification)
        isOnDisk = onDisk
        diskOnlyThrough = onDisk ? .max : .min
        if case .window(let size, _) = specification.kind {
            bucketWidth = max(1_000, size)
        } else {
            bucketWidth = 1_000
        }
    }

    deinit { memory.countDecoded(-countedBytes) }

    /// The value of `key` in the window that starts at `start`; nil when there is none.
    ///
    /// - Throws: ``StateStoreError``.
    @inlinable public func get(_ key: Key, _ start: Timestamp) throws(StateStoreError) -> Value? {
        let slot = try found(key, start.milliseconds)
        return slot < 0 ? nil : slots[slot].value
    }

    /// The value of `key` in the window that starts at `start`, with its timestamp; nil when there is none.
    ///
    /// - Throws: ``StateStoreError``.
    @inlinable public func entry(
        _ key: Key, _ start: Timestamp
    ) throws(StateStoreError) -> (value: Value, timestamp: Timestamp)? {
        let slot = try found(key, start.milliseconds)
        guard slot >= 0, let value = slots[slot].value else { return nil }
        return (value, slots[slot].timestamp)
    }

    /// Sets the value of a window, or deletes it when `value` is nil; nothing when the window is before the horizon.
    ///
    /// - Throws: ``StateStoreError`` with code `invalidUse` for a negative `start`.
    @inlinable public func put(
        _ key: Key, _ start: Timestamp, _ value: Value?, at timestamp: Timestamp
    ) throws(StateStoreError) {
        guard start.milliseconds >= horizonStart else { return }
        let tag = KeyIdentity.tag(key)
        let owner = find(key, tag)
        var slot = owner < 0 ? -1 : owners[owner].slot(start.milliseconds)
        if slot < 0 {
            if value == nil, start.milliseconds > diskOnlyThrough { return }
            slot = try insert(key, tag, owner, start.milliseconds)
        }
        noteChange(slot)
        living += (value == nil ? 0 : 1) - (slots[slot].value == nil ? 0 : 1)
        slots[slot].value = value
        slots[slot].timestamp = timestamp
    }

    /// Changes the value of a window in place: one look-up.
    ///
    /// `body` gets the value (nil when there is none) and the timestamp it will have: the later of the stored one and `at`.
    /// It may use this store, where the window has no value meanwhile. Before the horizon it gets nil, and what it sets is
    /// lost.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @inlinable public func update<Result>(
        _ key: Key, _ start: Timestamp, at timestamp: Timestamp,
        _ body: (inout Value?, inout Timestamp) throws -> Result
    ) throws -> Result {
        var value: Value? = nil
        var time = timestamp
        guard start.milliseconds >= horizonStart else { return try body(&value, &time) }
        let tag = KeyIdentity.tag(key)
        let owner = find(key, tag)
        var slot = owner < 0 ? -1 : owners[owner].slot(start.milliseconds)
        if slot < 0 {
            slot =
                try start.milliseconds > diskOnlyThrough
                ? insert(key, tag, owner, start.milliseconds) : load(key, tag, start.milliseconds)
        }
        // Before the value is taken out: a changed slot is not evicted, whatever `body` does with the store.
        noteChange(slot)
        value = slots[slot].value.take()
        let hadValue = value != nil
        if hadValue { time = max(slots[slot].timestamp, timestamp) }
        defer { putBack(slot, start.milliseconds, hadValue, &value, time) }
        return try body(&value, &time)
    }

    /// Windows that start before this are gone.
    public var horizon: Timestamp { Timestamp(milliseconds: horizonStart) }

    /// About how many windows there are; exact when all of them are in memory.
    public var approximateCount: Int {
        guard diskOnlyThrough > .min, let disk else { return living }
        return max(living, disk.family.estimatedKeys)
    }
}
