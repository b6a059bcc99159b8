public import StreamCore

/// The loops over many windows, made where key and value types are known, so that they are compiled for these types.
@usableFromInline struct WindowLoops<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline typealias Store = WindowStore<Key, Value>

    @usableFromInline let append: (Store, inout RecordBuffer, Int32, Int32) throws(StateStoreError) -> Void
    @usableFromInline let collect: (Store, inout SortedChanges) throws(StateStoreError) -> Void

    @inlinable init() {
        append = { (store, buffer, topic, partition) throws(StateStoreError) in
            for number in store.changed {
                try Self.append(store, Int(number), &buffer, topic, partition)
            }
        }
        collect = { (store, changes) throws(StateStoreError) in
            for number in store.dirty {
                try Self.collect(store, Int(number), &changes)
            }
        }
    }

    @inlinable static func append(
        _ store: Store, _ slot: Int, _ buffer: inout RecordBuffer, _ topic: Int32, _ partition: Int32
    ) throws(StateStoreError) {
        let owner = Int(store.slots[slot].owner)
        guard owner >= 0, let key = store.owners[owner].key else { return }
        try buffer.append(topic: topic, timestamp: store.slots[slot].timestamp) { (writer) throws(StateStoreError) in
            let start = writer.count
            try store.encode(key, store.slots[slot].start, into: &writer)
            let keyLength = writer.count - start
            guard let value = store.slots[slot].value else { return (partition, keyLength, nil) }
            let valueLength = try Self.write(store, value, into: &writer)
            store.size.note(writer.count - start)
            return (partition, keyLength, valueLength)
        }
    }

    /// Appends a value's bytes; nil when its serde writes it as null.
    @inlinable static func write(
        _ store: Store, _ value: Value, into writer: inout ByteWriter
    ) throws(StateStoreError) -> Int? {
        do {
            return try store.valueSerde.write(value, into: &writer)
        } catch {
            throw store.serdeError(error, "a value")
        }
    }

    @inlinable static func collect(
        _ store: Store, _ slot: Int, _ changes: inout SortedChanges
    ) throws(StateStoreError) {
        let owner = Int(store.slots[slot].owner)
        guard owner >= 0, let key = store.owners[owner].key else { return }
        let start = changes.arena.count
        try store.encodeStored(key, store.slots[slot].start, into: &changes.arena)
        let end = changes.arena.count
        guard let value = store.slots[slot].value else { return changes.addDeletion(from: start, to: end) }
        changes.arena.append(bigEndian: store.slots[slot].timestamp.milliseconds)
        guard try write(store, value, into: &changes.arena) != nil else {
            return changes.addDeletion(from: start, to: end)
        }
        changes.addPut(from: start, to: end)
    }
}
