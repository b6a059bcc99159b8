public import StreamCore

extension WindowStore {
    /// The number of a key; -1 when it has no window in memory.
    @inlinable func find(_ key: Key, _ tag: UInt32) -> Int {
        var position = index.start(tag)
        while true {
            let cell = index.cells[position]
            if cell == 0 { return -1 }
            if UInt32(truncatingIfNeeded: cell >> 32) == tag {
                let owner = Int(cell & 0xffff_ffff) - 1
                if owners[owner].holds(key) { return owner }
            }
            position = (position + 1) & index.mask
        }
    }

    /// The slot of a window for reading, from disk when needed; -1 when there is no such window.
    @inlinable func found(_ key: Key, _ start: Int64) throws(StateStoreError) -> Int {
        guard start >= horizonStart else { return -1 }
        let tag = KeyIdentity.tag(key)
        let owner = find(key, tag)
        let slot = owner < 0 ? -1 : owners[owner].slot(start)
        if slot >= 0 || start > diskOnlyThrough || start < 0 { return slot }
        return try load(key, tag, start)
    }

    /// The slot is about to change.
    @inlinable func noteChange(_ slot: Int) {
        guard slots[slot].epoch != epoch else { return }
        slots[slot].epoch = epoch
        changed.append(Int32(truncatingIfNeeded: slot))
        guard !slots[slot].isDirty else { return }
        slots[slot].isDirty = true
        dirty.append(Int32(truncatingIfNeeded: slot))
    }

    /// Ends an update; the window may have been expired within it.
    @inlinable func putBack(_ slot: Int, _ start: Int64, _ hadValue: Bool, _ value: inout Value?, _ time: Timestamp) {
        guard start >= horizonStart, slot < slots.count else {
            living -= hadValue ? 1 : 0
            return
        }
        living += (value == nil ? 0 : 1) - (hadValue ? 1 : 0)
        slots[slot].value = value.take()
        slots[slot].timestamp = time
    }

    /// A new slot for a window that has none, without a value; `owner` is the key's number or -1.
    @inlinable @inline(never) func insert(
        _ key: Key, _ tag: UInt32, _ owner: Int, _ start: Int64
    ) throws(StateStoreError) -> Int {
        guard start >= 0 else { throw negative(start) }
        if isOnDisk, disk == nil { throw notOpen() }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = Int(free)
            slots[slot] = WindowSlot(start: start, owner: owner)
        } else {
            slot = slots.count
            slots.append(WindowSlot(start: start, owner: owner))
        }
        let window = WindowRef(start: start, slot: slot)
        if owner >= 0 {
            owners[owner].insert(window)
        } else {
            slots[slot].owner = addOwner(WindowOwner(key: key, tag: tag, newest: window))
        }
        buckets[start / bucketWidth, default: []].append(Int32(truncatingIfNeeded: slot))
        return slot
    }

    @inlinable func addOwner(_ owner: WindowOwner<Key>) -> Int32 {
        let number: Int
        if let free = freeOwners.popLast() {
            number = Int(free)
            owners[number] = owner
        } else {
            number = owners.count
            owners.append(owner)
        }
        index.insert(owner.tag, number)
        return Int32(truncatingIfNeeded: number)
    }

    /// A new slot with what is on disk; also remembers that there is nothing.
    @inlinable @inline(never) func load(
        _ key: Key, _ tag: UInt32, _ start: Int64
    ) throws(StateStoreError) -> Int {
        guard start >= 0 else { throw negative(start) }
        guard let disk else { throw notOpen() }
        makeRoom()
        scratch.removeAll()
        try encodeStored(key, start, into: &scratch)
        let stored = try disk.family.get(scratch)
        let slot = try insert(key, tag, find(key, tag), start)
        guard let stored else { return slot }
        do {
            guard let (timestamp, bytes) = layout.split(stored) else { throw cutOff(key) }
            slots[slot].value = try valueSerde.decode(bytes)
            slots[slot].timestamp = timestamp
        } catch {
            throw serdeError(error, "the stored value of key \(key)")
        }
        size.note(scratch.count + stored.count)
        living += 1
        return slot
    }

    /// Appends the key as it is on disk.
    @inlinable func encodeStored(
        _ key: Key, _ start: Int64, into writer: inout ByteWriter
    ) throws(StateStoreError) {
        writer.append(1 as UInt8)
        writer.append(bigEndian: layout.segmentStart(of: start))
        try encode(key, start, into: &writer)
    }

    /// Appends the key as it is in the changelog: key ‖ start ‖ sequence number 0, as `WindowKeySchema` of Kafka Streams 3.9.
    @inlinable func encode(_ key: Key, _ start: Int64, into writer: inout ByteWriter) throws(StateStoreError) {
        do {
            guard try keySerde.write(key, into: &writer) != nil else { throw nullKey() }
        } catch {
            throw serdeError(error, "a key")
        }
        writer.append(bigEndian: start)
        writer.append(bigEndian: 0 as Int32)
    }

    /// Gives a slot back; its bucket no longer lists it.
    @inlinable func free(_ slot: Int) {
        let owner = Int(slots[slot].owner)
        guard owner >= 0 else { return }
        if slots[slot].value != nil { living -= 1 }
        if !owners[owner].remove(slots[slot].start) {
            index.remove(owners[owner].tag, owner)
            owners[owner].key = nil
            freeOwners.append(Int32(truncatingIfNeeded: owner))
        }
        slots[slot] = WindowSlot(start: 0, owner: -1)
        freeSlots.append(Int32(truncatingIfNeeded: slot))
    }

    /// Forgets all that is in memory.
    func clearOverlay(diskOnlyThrough: Int64) {
        owners = []
        slots = []
        index.removeAll()
        freeOwners = []
        freeSlots = []
        changed = []
        inFlight = []
        dirty = []
        buckets = [:]
        living = 0
        self.diskOnlyThrough = diskOnlyThrough
        countMemory()
    }

    @usableFromInline func notOpen() -> StateStoreError {
        StateStoreError(.invalidUse, "used before it was opened", store: specification.name)
    }

    @usableFromInline func negative(_ start: Int64) -> StateStoreError {
        StateStoreError(.invalidUse, "a window that starts at \(start) ms, before 1970", store: specification.name)
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
