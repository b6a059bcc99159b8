public import StreamCore

extension WindowStore {
    /// Visits all windows in unsigned byte order of `key ‖ start`, as the changelog has them.
    ///
    /// Costs a sort of what is in memory. `body` may change the store; the scan does not see it.
    ///
    /// - Parameter body: gets key, start, value and timestamp; returns whether to go on.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    public func scan(_ body: (Key, Timestamp, Value, Timestamp) throws -> Bool) throws {
        let windows = try inMemory(from: .min, through: .max) { key, start, writer throws(StateStoreError) in
            try self.encode(key, start, into: &writer)
        }
        let cursor = try diskCursor()
        for window in windows {
            while let cursor, let key = cursor.key, key < window.order {
                guard try visit(cursor.entry(), body) else { return }
                try cursor.advance()
            }
            if cursor?.key == window.order { try cursor?.advance() }
            guard let value = window.value else { continue }
            guard try body(window.key, Timestamp(milliseconds: window.start), value, window.timestamp) else { return }
        }
        while let cursor, let entry = try cursor.entry() {
            guard try visit(entry, body) else { return }
            try cursor.advance()
        }
    }

    /// Visits the windows that start from `first` through `last`, both included, ordered by start, then by key bytes: what
    /// emit-on-close wants.
    ///
    /// `body` may change the store; the scan does not see it.
    ///
    /// - Throws: ``StateStoreError``, or what `body` throws.
    public func scanByStart(
        from first: Timestamp, through last: Timestamp, _ body: (Key, Timestamp, Value, Timestamp) throws -> Bool
    ) throws {
        let from = max(first.milliseconds, horizonStart, 0)
        guard from <= last.milliseconds else { return }
        if from <= diskOnlyThrough { try bringIntoMemory(from, min(last.milliseconds, diskOnlyThrough)) }
        let windows = try inMemory(from: from, through: last.milliseconds) {
            key, start, writer throws(StateStoreError) in
            writer.append(bigEndian: start)
            try self.encode(key, start, into: &writer)
        }
        for window in windows {
            guard let value = window.value else { continue }
            guard try body(window.key, Timestamp(milliseconds: window.start), value, window.timestamp) else { return }
        }
    }

    /// The windows in memory that start in a span of time, sorted by what `order` writes for them.
    private func inMemory(
        from first: Int64, through last: Int64,
        order: (Key, Int64, inout ByteWriter) throws(StateStoreError) -> Void
    ) throws(StateStoreError) -> [WindowCopy<Key, Value>] {
        var changes = SortedChanges()
        let first = max(first, horizonStart)
        for (number, bucket) in buckets where number >= first / bucketWidth && number <= last / bucketWidth {
            for slot in bucket where slots[Int(slot)].start >= first && slots[Int(slot)].start <= last {
                guard let key = owners[Int(slots[Int(slot)].owner)].key else { continue }
                let start = changes.arena.count
                try order(key, slots[Int(slot)].start, &changes.arena)
                changes.addPut(from: start, to: changes.arena.count, token: Int(slot))
            }
        }
        changes.sort()
        let arena = changes.arena.bytes
        return changes.items.compactMap { item in
            let slot = slots[Int(item.token)]
            guard let key = owners[Int(slot.owner)].key else { return nil }
            return WindowCopy(
                order: Bytes(arena, in: item.start..<item.end), key: key, start: slot.start, value: slot.value,
                timestamp: slot.timestamp)
        }
    }

    private func diskCursor() throws(StateStoreError) -> StoredCursor? {
        guard diskOnlyThrough >= max(horizonStart, 0) else { return nil }
        guard let disk else { throw notOpen() }
        return try StoredCursor(disk.family, layout, from: .empty)
    }

    private func visit(
        _ stored: StoredEntry?, _ body: (Key, Timestamp, Value, Timestamp) throws -> Bool
    ) throws -> Bool {
        guard let stored, let start = StoreLayout.windowStart(ofChangelog: stored.key), start >= horizonStart else {
            return true
        }
        let (key, value) = try decode(stored)
        return try body(key, Timestamp(milliseconds: start), value, stored.timestamp)
    }

    private func decode(_ stored: StoredEntry) throws(StateStoreError) -> (Key, Value) {
        do {
            let key = stored.key[0..<(stored.key.count - StoreLayout.windowSuffix)]
            return (try keySerde.decode(key), try valueSerde.decode(stored.value))
        } catch {
            throw serdeError(error, "a stored window")
        }
    }

    /// Makes slots for all windows in a span of time that are only on disk.
    private func bringIntoMemory(_ first: Int64, _ last: Int64) throws(StateStoreError) {
        guard let disk else { throw notOpen() }
        for segment in segments.sorted() where segment <= last && segment + layout.segment > first {
            let cursor = try disk.family.cursor(
                from: StoredCursor.segmentKey(segment), upTo: StoredCursor.segmentKey(segment + 1))
            while try cursor.isAtKey() {
                let stored = cursor.key
                if let start = StoreLayout.windowStart(ofChangelog: stored), start >= first, start <= last,
                    let (timestamp, value) = layout.split(cursor.value)
                {
                    try add(StoredEntry(key: stored[9..<stored.count], timestamp: timestamp, value: value), start)
                }
                cursor.advance()
            }
        }
    }

    private func add(_ stored: StoredEntry, _ start: Int64) throws(StateStoreError) {
        let (key, value) = try decode(stored)
        let tag = KeyIdentity.tag(key)
        let owner = find(key, tag)
        guard owner < 0 || owners[owner].slot(start) < 0 else { return }
        let slot = try insert(key, tag, owner, start)
        slots[slot].value = value
        slots[slot].timestamp = stored.timestamp
        living += 1
    }
}

/// A window as it was when a scan began.
private struct WindowCopy<Key, Value> {
    let order: Bytes
    let key: Key
    let start: Int64
    let value: Value?
    let timestamp: Timestamp
}
