public import StreamCore

/// The loops over many keys, made where key and value types are known, so that they are compiled for these types.
@usableFromInline struct KeyValueLoops<Key: Hashable & Sendable, Value: Sendable> {
    @usableFromInline typealias Store = KeyValueStore<Key, Value>

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
        guard let key = store.slots[slot].key else { return }
        try buffer.append(topic: topic, timestamp: store.slots[slot].timestamp) { (writer) throws(StateStoreError) in
            let start = writer.count
            try store.encode(key, into: &writer)
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
        guard let key = store.slots[slot].key else { return }
        let start = changes.arena.count
        changes.arena.append(1 as UInt8)
        try store.encode(key, into: &changes.arena)
        let end = changes.arena.count
        let timestamp = store.slots[slot].timestamp
        guard let value = store.slots[slot].value else { return changes.addDeletion(from: start, to: end) }
        if store.layout.hasTimestamps { changes.arena.append(bigEndian: timestamp.milliseconds) }
        guard try write(store, value, into: &changes.arena) != nil else {
            return changes.addDeletion(from: start, to: end)
        }
        changes.addPut(from: start, to: end)
        if store.layout.hasTimeIndex { changes.addTimeIndex(timestamp, keyFrom: start + 1, to: end) }
    }
}
