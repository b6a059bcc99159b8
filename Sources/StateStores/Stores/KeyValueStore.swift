public import StreamCore

/// Values with timestamps by key: decoded in memory over what is committed on disk.
///
/// A key is what its bytes are: two strings that are equal as text but differ in their UTF-8 bytes are two keys. A value that
/// its serde writes as null counts as a deletion once it is committed.
public final class KeyValueStore<Key: Hashable & Sendable, Value: Sendable>: StateStore {
    /// What the plan declared.
    public let specification: StoreSpecification
    @usableFromInline let keySerde: Serde<Key>
    @usableFromInline let valueSerde: Serde<Value>
    @usableFromInline let loops: KeyValueLoops<Key, Value>
    let memory: StateMemory
    @usableFromInline let layout: StoreLayout

    // Unchecked: a check costs a call at each access, and no access here lasts while foreign code runs that could come back.
    @usableFromInline @exclusivity(unchecked) var slots: [KeyValueSlot<Key, Value>] = []
    @usableFromInline @exclusivity(unchecked) var index = HashIndex()
    @usableFromInline @exclusivity(unchecked) var freeSlots: [Int32] = []
    /// Slots that changed since the last ``appendChanges(to:topic:partition:)``, and those that it appended.
    @usableFromInline @exclusivity(unchecked) var changed: [Int32] = []
    @usableFromInline @exclusivity(unchecked) var inFlight: [Int32] = []
    /// Slots that changed since the last checkpoint.
    @usableFromInline @exclusivity(unchecked) var dirty: [Int32] = []
    @usableFromInline @exclusivity(unchecked) var epoch: UInt32 = 1
    /// How many slots have a value.
    @usableFromInline @exclusivity(unchecked) var living = 0
    /// Whether a key that has no slot has no value either, so that a miss need not look on disk.
    @usableFromInline @exclusivity(unchecked) var isComplete: Bool
    @usableFromInline @exclusivity(unchecked) var size = SizeEstimate()
    @usableFromInline var scratch = ByteWriter()
    @usableFromInline var disk: StoreDisk?
    @usableFromInline let hasTTL: Bool

    var committedMark: ChangelogMark?
    var hand = 0
    @usableFromInline var isScanning = 0
    var countedBytes = 0
    @usableFromInline var ordered: OrderedIndex?
    @usableFromInline var unordered: [Int32] = []
    var queue = TimeQueue()
    var expiry = DiskExpiry()

    @inlinable convenience init(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>, memory: StateMemory, onDisk: Bool
    ) {
        self.init(
            specification, key: key, value: value, memory: memory, onDisk: onDisk, loops: KeyValueLoops())
    }

    @usableFromInline init(
        _ specification: StoreSpecification, key: Serde<Key>, value: Serde<Value>, memory: StateMemory, onDisk: Bool,
        loops: KeyValueLoops<Key, Value>
    ) {
        self.specification = specification
        self.memory = memory
        self.loops = loops
        keySerde = key
        valueSerde = value
        layout = StoreLayout(specification)
        hasTTL = specification.ttl != nil
        isComplete = !onDisk
    }

    deinit { memory.countDecoded(-countedBytes) }

    /// The value of `key`; nil when there is none.
    ///
    /// - Throws: ``StateStoreError``.
    @inlinable public func get(_ key: Key) throws(StateStoreError) -> Value? {
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        if slot < 0 {
            if isComplete { return nil }
            slot = try load(key, tag)
        }
        touch(slot)
        return slots[slot].value
    }

    /// The value of `key` with its timestamp; nil when there is none.
    ///
    /// The timestamp of an entry read back from disk is ``Timestamp/unknown`` in a plain `keyValue` store without a TTL.
    /// - Throws: ``StateStoreError``.
    @inlinable public func entry(_ key: Key) throws(StateStoreError) -> (value: Value, timestamp: Timestamp)? {
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        if slot < 0 {
            if isComplete { return nil }
            slot = try load(key, tag)
        }
        touch(slot)
        guard let value = slots[slot].value else { return nil }
        return (value, slots[slot].timestamp)
    }

    /// Sets the value of `key`, or deletes it when `value` is nil.
    ///
    /// - Throws: ``StateStoreError``.
    @inlinable public func put(_ key: Key, _ value: Value?, at timestamp: Timestamp) throws(StateStoreError) {
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        if slot < 0 {
            if isComplete, value == nil { return }
            slot = try insertBlindly(key, tag)
        }
        noteChange(slot)
        living += (value == nil ? 0 : 1) - (slots[slot].value == nil ? 0 : 1)
        slots[slot].value = value
        slots[slot].timestamp = timestamp
        if hasTTL { noteTime(slot) }
    }

    /// Changes the value of `key` in place: one look-up.
    ///
    /// `body` gets the value (nil when there is none) and the timestamp it will have: the later of the stored one and `at`.
    /// It may change both, and may use this store, where the key has no value meanwhile. When it throws, what it did to the
    /// value before stands.
    ///
    /// - Returns: what `body` returns.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @inlinable public func update<Result>(
        _ key: Key, at timestamp: Timestamp, _ body: (inout Value?, inout Timestamp) throws -> Result
    ) throws -> Result {
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        if slot < 0 { slot = try isComplete ? insertBlindly(key, tag) : load(key, tag) }
        // Before the value is taken out: a changed slot is never evicted, whatever `body` does with the store.
        noteChange(slot)
        var value = slots[slot].value.take()
        let hadValue = value != nil
        var time = hadValue ? max(slots[slot].timestamp, timestamp) : timestamp
        defer {
            if slot < slots.count {
                living += (value == nil ? 0 : 1) - (hadValue ? 1 : 0)
                slots[slot].value = value
                slots[slot].timestamp = time
                if hasTTL { noteTime(slot) }
            }
        }
        return try body(&value, &time)
    }

    /// About how many entries there are; exact when all of them are in memory.
    public var approximateCount: Int {
        guard !isComplete, let disk else { return living }
        return max(living, disk.family.estimatedKeys / (layout.hasTimeIndex ? 2 : 1))
    }
}
