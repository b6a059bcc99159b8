public import StreamCore

extension KeyValueStore {
    /// The slot of a key; -1 when it has none.
    @inlinable func find(_ key: Key, _ tag: UInt32) -> Int {
        var position = index.start(tag)
        while true {
            let cell = index.cells[position]
            if cell == 0 { return -1 }
            if UInt32(truncatingIfNeeded: cell >> 32) == tag {
                let slot = Int(cell & 0xffff_ffff) - 1
                if slots[slot].holds(key) { return slot }
            }
            position = (position + 1) & index.mask
        }
    }

    /// The slot was used; says so only when it does not say so yet, which spares a write.
    @inlinable func touch(_ slot: Int) {
        if !slots[slot].wasUsed { slots[slot].wasUsed = true }
    }

    /// The slot is about to change.
    @inlinable func noteChange(_ slot: Int) {
        guard slots[slot].epoch != epoch else { return }
        slots[slot].epoch = epoch
        slots[slot].wasUsed = true
        changed.append(Int32(truncatingIfNeeded: slot))
        guard !slots[slot].isDirty else { return }
        slots[slot].isDirty = true
        dirty.append(Int32(truncatingIfNeeded: slot))
    }

    /// A new slot for a key that has none, without a value.
    @inlinable func insert(_ key: Key, _ tag: UInt32) -> Int {
        let slot = KeyValueSlot<Key, Value>(key: key, value: nil, timestamp: .unknown, tag: tag)
        let number: Int
        if let free = freeSlots.popLast() {
            number = Int(free)
            slots[number] = slot
        } else {
            number = slots.count
            slots.append(slot)
        }
        index.insert(tag, number)
        noteInserted(number)
        return number
    }

    /// A new slot for a key whose value on disk does not matter, or that has none.
    @inlinable func insertBlindly(_ key: Key, _ tag: UInt32) throws(StateStoreError) -> Int {
        if !isComplete, disk == nil { throw notOpen() }
        return insert(key, tag)
    }

    /// A new slot with what is on disk; also remembers that there is nothing.
    @inlinable @inline(never) func load(_ key: Key, _ tag: UInt32) throws(StateStoreError) -> Int {
        guard let disk else { throw notOpen() }
        makeRoom()
        scratch.removeAll()
        scratch.append(1 as UInt8)
        try encode(key, into: &scratch)
        let stored = try disk.family.get(scratch)
        guard let stored else { return insert(key, tag) }
        let (timestamp, value) = try decode(stored, key)
        size.note(scratch.count + stored.count)
        let slot = insert(key, tag)
        slots[slot].value = value
        slots[slot].timestamp = timestamp
        living += 1
        return slot
    }

    /// Appends the bytes of a key.
    @inlinable func encode(_ key: Key, into writer: inout ByteWriter) throws(StateStoreError) {
        do {
            guard try keySerde.write(key, into: &writer) != nil else { throw nullKey() }
        } catch {
            throw serdeError(error, "a key")
        }
    }

    /// The value of an entry on disk.
    @inlinable func decode(_ stored: Bytes, _ key: Key) throws(StateStoreError) -> (Timestamp, Value) {
        guard let (timestamp, bytes) = layout.split(stored) else { throw cutOff(key) }
        do {
            return (timestamp, try valueSerde.decode(bytes))
        } catch {
            throw serdeError(error, "the stored value of key \(key)")
        }
    }

    @usableFromInline func noteInserted(_ slot: Int) {
        if ordered != nil { unordered.append(Int32(truncatingIfNeeded: slot)) }
    }

    /// Gives a slot back; its key must be clean.
    func free(_ slot: Int) {
        guard let key = slots[slot].key else { return }
        index.remove(slots[slot].tag, slot)
        if slots[slot].value != nil { living -= 1 }
        if hasTTL { queue.forget(slot) }
        if ordered != nil { removeFromOrder(key, slot) }
        slots[slot].clear()
        freeSlots.append(Int32(truncatingIfNeeded: slot))
    }

    /// Forgets all that is in memory.
    func clearOverlay(isComplete: Bool) {
        slots = []
        index.removeAll()
        freeSlots = []
        changed = []
        inFlight = []
        dirty = []
        living = 0
        hand = 0
        ordered = nil
        unordered = []
        queue.removeAll()
        expiry = DiskExpiry()
        self.isComplete = isComplete
        countMemory()
    }

    @usableFromInline func notOpen() -> StateStoreError {
        StateStoreError(.invalidUse, "used before it was opened", store: specification.name)
    }

    @usableFromInline func nullKey() -> StateStoreError {
        StateStoreError(.serde, "a key that '\(keySerde)' writes as null cannot be stored", store: specification.name)
    }

    @usableFromInline func cutOff(_ key: Key) -> StateStoreError {
        StateStoreError(.corrupt, "the stored value of key \(key) is cut off", store: specification.name)
    }

    @usableFromInline func serdeError(_ error: any Error, _ what: @autoclosure () -> String) -> StateStoreError {
        if let error = error as? StateStoreError { return error }
        return StateStoreError(.serde, "\(what()): \(error)", store: specification.name)
    }
}
