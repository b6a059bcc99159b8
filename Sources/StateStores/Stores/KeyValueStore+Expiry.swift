public import StreamCore

/// How far expiry has come through the time index on disk since the last checkpoint.
struct DiskExpiry {
    /// Index keys that are done with; the next checkpoint removes them.
    var removals: [Bytes] = []
    /// The first index key not looked at yet; nil before the first.
    var next: Bytes?

    /// The removals are on disk, and new index entries may lie anywhere.
    mutating func checkpointed() {
        removals.removeAll()
        next = nil
    }
}

extension KeyValueStore {
    /// Deletes entries whose timestamp is a TTL or more before `now`, oldest first, as logged writes of the task.
    ///
    /// A call looks at no more than `limit` candidates, so it may have to be called again; never call it on a standby or
    /// during a restore (rule 9 of the design). Does nothing in a store without a TTL.
    ///
    /// - Parameters:
    ///   - now: the stream time.
    ///   - limit: how many candidates to look at.
    ///   - body: is told each entry it deleted.
    /// - Returns: how many candidates it looked at; fewer than `limit` means that nothing is left to expire.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @discardableResult
    public func expire(
        now: Timestamp, limit: Int, _ body: (Key, Value) throws -> Void = { _, _ in }
    ) throws -> Int {
        guard let ttl = specification.ttl else { return 0 }
        let latest = now - ttl
        let cursor = try expiryCursor(through: latest)
        var seen = 0
        while seen < limit {
            let queued = queue.earliest().flatMap { $0 <= latest.milliseconds ? $0 : nil }
            let stored = try cursor.flatMap { cursor in try cursor.isAtKey() ? cursor.key : nil }
            let storedTime = stored.flatMap { StoreLayout.splitTimeIndexKey($0)?.timestamp.milliseconds }
            if let stored, let storedTime, queued.map({ storedTime <= $0 }) ?? true {
                cursor?.advance()
                try expireStored(stored, latest, body)
            } else if queued != nil, let slot = queue.pop() {
                try expireQueued(slot, latest, body)
            } else {
                break
            }
            seen += 1
        }
        return seen
    }

    private func expiryCursor(through latest: Timestamp) throws(StateStoreError) -> Cursor? {
        guard let disk, disk.layout.hasTimeIndex else { return nil }
        var end = ByteWriter()
        guard latest.milliseconds < .max else { return nil }
        StoreLayout.appendTimeIndexKey(Timestamp(milliseconds: latest.milliseconds + 1), to: &end) { _ in }
        return try disk.family.cursor(from: expiry.next ?? [StoreLayout.Area.timeIndex], upTo: Bytes(end.bytes))
    }

    /// Looks at an entry of the time index: its key may have been deleted or written anew since.
    private func expireStored(_ stored: Bytes, _ latest: Timestamp, _ body: (Key, Value) throws -> Void) throws {
        expiry.next = Bytes(stored.array + [0])
        expiry.removals.append(stored)
        guard let (time, bytes) = StoreLayout.splitTimeIndexKey(stored) else { return }
        let key: Key
        do {
            key = try keySerde.decode(bytes)
        } catch {
            throw serdeError(error, "a stored key")
        }
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        if slot < 0, !isComplete { slot = try load(key, tag) }
        guard slot >= 0, slots[slot].timestamp == time else { return }
        try expire(slot, latest, body)
    }

    private func expireQueued(_ slot: Int, _ latest: Timestamp, _ body: (Key, Value) throws -> Void) throws {
        guard slots[slot].value != nil else { return }
        if slots[slot].timestamp > latest {
            queue.note(slot, at: slots[slot].timestamp.milliseconds)
            return
        }
        try expire(slot, latest, body)
    }

    private func expire(_ slot: Int, _ latest: Timestamp, _ body: (Key, Value) throws -> Void) throws {
        guard let key = slots[slot].key, let value = slots[slot].value, slots[slot].timestamp <= latest else { return }
        noteChange(slot)
        slots[slot].value = nil
        living -= 1
        try body(key, value)
    }

    /// The slot has a new timestamp.
    @inlinable func noteTime(_ slot: Int) {
        if slots[slot].value != nil { queueTime(slot, slots[slot].timestamp.milliseconds) }
    }

    @usableFromInline func queueTime(_ slot: Int, _ time: Int64) { queue.note(slot, at: time) }

    /// Adds the deletion of time-index entries that are done with; first, so that a new entry of the same key wins.
    func addTimeIndexRemovals(to changes: inout SortedChanges) {
        for key in expiry.removals {
            let start = changes.arena.count
            changes.arena.append(key)
            changes.addDeletion(from: start, to: changes.arena.count)
        }
    }
}

extension SortedChanges {
    /// Adds the time-index entry of the key in the arena from `start` to `end`.
    @usableFromInline mutating func addTimeIndex(_ timestamp: Timestamp, keyFrom start: Int, to end: Int) {
        let key = Bytes(arena.bytes, in: start..<end).compact
        let indexStart = arena.count
        StoreLayout.appendTimeIndexKey(timestamp, to: &arena) { $0.append(key) }
        addPut(from: indexStart, to: arena.count)
    }
}
