public import StreamCore

extension KeyValueStore {
    /// Visits the entries from one key to another, both included, in unsigned byte order of the encoded keys.
    ///
    /// `body` may change the store; whether the scan sees changes ahead of it is not said.
    ///
    /// - Parameters:
    ///   - first: where to start; nil at the first key.
    ///   - last: where to end; nil after the last key.
    ///   - body: returns whether to go on.
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @inlinable public func scan(
        from first: Key? = nil, through last: Key? = nil, _ body: (Key, Value, Timestamp) throws -> Bool
    ) throws {
        let start = try first.map { try bytes(of: $0) } ?? .empty
        let end = try last.map { try bytes(of: $0) }
        try scan(from: start, while: { key in end.map { key <= $0 } ?? true }, body)
    }

    /// Visits the entries whose encoded keys start with `prefix`, in their order.
    ///
    /// - Throws: ``StateStoreError``, or what `body` throws.
    @inlinable public func scan(prefix: Bytes, _ body: (Key, Value, Timestamp) throws -> Bool) throws {
        try scan(from: prefix, while: { $0.count >= prefix.count && $0[0..<prefix.count] == prefix }, body)
    }

    /// Merges what is in memory with what is on disk; memory wins, deletions included.
    @inlinable func scan(
        from start: Bytes, while isWithin: (Bytes) -> Bool, _ body: (Key, Value, Timestamp) throws -> Bool
    ) throws {
        // Eviction would take entries away that the scan has decided not to look for on disk.
        isScanning += 1
        defer { isScanning -= 1 }
        let cursor = try isComplete ? nil : diskCursor(from: start)
        try bringOrderUpToDate()
        var position = ordered?.position(of: start)
        var last: Bytes?
        while true {
            let item = try nextItem(&position, after: last, from: start)
            let onDisk = cursor?.key
            guard let key = least(item?.key, onDisk), isWithin(key) else { return }
            last = key
            var stored: StoredEntry?
            if let cursor, onDisk == key {
                stored = try cursor.entry()
                try cursor.advance()
            }
            if let item, item.key == key {
                if var here = position {
                    ordered?.advance(&here, past: item)
                    position = here
                }
                guard try visit(item.slot, body) else { return }
            } else if let stored {
                guard try visit(stored, body) else { return }
            }
        }
    }

    /// The next item in memory; finds its place anew when `body` changed the order.
    @inlinable func nextItem(
        _ position: inout OrderedIndex.Position?, after last: Bytes?, from start: Bytes
    ) throws(StateStoreError) -> OrderedIndex.Item? {
        if ordered == nil || !unordered.isEmpty { try bringOrderUpToDate() }
        guard let version = ordered?.version else { return nil }
        if position?.version != version {
            position = ordered?.position(of: last.map { Bytes($0.array + [0]) } ?? start)
        }
        guard var here = position else { return nil }
        defer { position = here }
        return ordered?.item(at: &here)
    }

    @inlinable func visit(_ slot: Int, _ body: (Key, Value, Timestamp) throws -> Bool) throws -> Bool {
        guard let key = slots[slot].key, let value = slots[slot].value else { return true }
        return try body(key, value, slots[slot].timestamp)
    }

    @inlinable func visit(_ stored: StoredEntry, _ body: (Key, Value, Timestamp) throws -> Bool) throws -> Bool {
        let key: Key
        let value: Value
        do {
            key = try keySerde.decode(stored.key)
            value = try valueSerde.decode(stored.value)
        } catch {
            throw serdeError(error, "a stored entry")
        }
        return try body(key, value, stored.timestamp)
    }

    @usableFromInline func diskCursor(from start: Bytes) throws(StateStoreError) -> StoredCursor {
        guard let disk else { throw notOpen() }
        return try StoredCursor(disk.family, layout, from: start)
    }

    @inlinable func bytes(of key: Key) throws(StateStoreError) -> Bytes {
        var writer = ByteWriter()
        try encode(key, into: &writer)
        return Bytes(writer.bytes)
    }

    /// Makes the order at the first scan; later only adds the keys that are new since.
    @inlinable func bringOrderUpToDate() throws(StateStoreError) {
        if ordered == nil {
            var index = OrderedIndex()
            index.insert(try items(slots.indices))
            ordered = index
            unordered = []
        } else if !unordered.isEmpty {
            let new = try items(unordered.map { Int($0) })
            unordered.removeAll(keepingCapacity: true)
            ordered?.insert(new)
        }
    }

    @inlinable func items(_ numbers: some Sequence<Int>) throws(StateStoreError) -> [OrderedIndex.Item] {
        var items: [OrderedIndex.Item] = []
        for slot in numbers {
            guard let key = slots[slot].key else { continue }
            items.append(OrderedIndex.Item(key: try bytes(of: key), slot: slot))
        }
        return items
    }

    /// A slot is about to be freed.
    func removeFromOrder(_ key: Key, _ slot: Int) {
        guard let bytes = try? bytes(of: key) else {
            ordered = nil
            return
        }
        ordered?.remove(bytes, slot: slot)
    }

    @inlinable func least(_ left: Bytes?, _ right: Bytes?) -> Bytes? {
        guard let left else { return right }
        guard let right else { return left }
        return min(left, right)
    }
}
