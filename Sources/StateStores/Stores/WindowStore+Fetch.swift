public import StreamCore

extension WindowStore {
    /// Visits the windows of `key` that start from `first` through `last`, both included, starts ascending.
    ///
    /// `body` may change the store; whether it sees changes ahead of it is not said.
    ///
    /// - Parameters:
    ///   - key: the key.
    ///   - first: the first start.
    ///   - last: the last start.
    ///   - body: gets start, value and timestamp; returns whether to go on.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @inlinable public func fetch(
        _ key: Key, from first: Timestamp, through last: Timestamp,
        _ body: (Timestamp, Value, Timestamp) throws -> Bool
    ) throws {
        let from = max(first.milliseconds, horizonStart, 0)
        guard from <= last.milliseconds else { return }
        if from <= diskOnlyThrough { try bringIntoMemory(key, from, last.milliseconds) }
        let owner = find(key, KeyIdentity.tag(key))
        guard owner >= 0 else { return }
        // Held by value: `body` may add and remove windows.
        let newest = owners[owner].newest
        let older = owners[owner].older
        var place = older.isEmpty ? 0 : owners[owner].lowerBound(from)
        while place < older.count, older[place].start <= last.milliseconds {
            guard try visit(older[place], owner, body) else { return }
            place += 1
        }
        if newest.start >= from, newest.start <= last.milliseconds { _ = try visit(newest, owner, body) }
    }

    @inlinable func visit(
        _ window: WindowRef, _ owner: Int, _ body: (Timestamp, Value, Timestamp) throws -> Bool
    ) throws -> Bool {
        let slot = Int(window.slot)
        guard Int(slots[slot].owner) == owner, slots[slot].start == window.start, let value = slots[slot].value else {
            return true
        }
        return try body(Timestamp(milliseconds: window.start), value, slots[slot].timestamp)
    }

    /// Makes slots for the windows of a key that are only on disk.
    @usableFromInline func bringIntoMemory(_ key: Key, _ first: Int64, _ last: Int64) throws(StateStoreError) {
        guard let disk else { throw notOpen() }
        makeRoom()
        let end = min(last, diskOnlyThrough)
        for segment in segments.sorted() where segment <= end && segment + layout.segment > first {
            try bringIntoMemory(key, max(first, segment), end, segment, disk)
        }
    }

    private func bringIntoMemory(
        _ key: Key, _ first: Int64, _ last: Int64, _ segment: Int64, _ disk: StoreDisk
    ) throws(StateStoreError) {
        var writer = ByteWriter()
        try encodeStored(key, first, into: &writer)
        let lower = Bytes(writer.bytes)
        writer.truncate(to: writer.count - StoreLayout.windowSuffix)
        writer.append(bigEndian: last)
        writer.append(bigEndian: UInt32.max)
        let cursor = try disk.family.cursor(from: lower, upTo: Bytes(writer.bytes))
        let prefix = lower[0..<(lower.count - StoreLayout.windowSuffix)]
        let tag = KeyIdentity.tag(key)
        while try cursor.isAtKey() {
            let stored = cursor.key
            // A longer key may have bytes that look like a start: only keys of this length with this beginning are ours.
            if stored.count == lower.count, stored[0..<prefix.count] == prefix,
                let start = StoreLayout.windowStart(ofChangelog: stored), start >= first, start <= last
            {
                try add(key, tag, start, cursor.value)
            }
            cursor.advance()
        }
    }

    private func add(_ key: Key, _ tag: UInt32, _ start: Int64, _ stored: Bytes) throws(StateStoreError) {
        let owner = find(key, tag)
        guard owner < 0 || owners[owner].slot(start) < 0 else { return }
        guard let (timestamp, bytes) = layout.split(stored) else { throw cutOff(key) }
        let value: Value
        do {
            value = try valueSerde.decode(bytes)
        } catch {
            throw serdeError(error, "the stored value of key \(key)")
        }
        let slot = try insert(key, tag, owner, start)
        slots[slot].value = value
        slots[slot].timestamp = timestamp
        living += 1
    }
}
