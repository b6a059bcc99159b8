import StreamCore

/// Where a store writes its part of a checkpoint or a restore: a batch shared with others, or a sorted file of its own.
final class ChangeSink {
    /// Up to this many keys go through the write-ahead log and the memtable, 2.4 µs each; a sorted file costs 0.25 µs a key
    /// and some milliseconds.
    static let batchLimit = 2_000

    private enum Target {
        case batch(WriteBatch, OpaquePointer)
        case file(SortedFile)
    }

    private let target: Target
    private let family: ColumnFamily

    /// Writes into `batch`.
    init(_ batch: WriteBatch, family: ColumnFamily) throws(StateStoreError) {
        target = .batch(batch, try family.opened().family)
        self.family = family
    }

    /// Writes a file, keys in ascending order.
    init(fileFor family: ColumnFamily) throws(StateStoreError) {
        target = .file(try family.database.newFile())
        self.family = family
    }

    /// Writes a header, which sorts before everything else.
    func put(_ header: StoreHeader) throws(StateStoreError) {
        var arena = ByteWriter()
        arena.append(StoreHeader.key)
        header.append(to: &arena)
        try put(arena.bytes, 0..<StoreHeader.key.count, StoreHeader.key.count..<arena.count)
    }

    /// Writes sorted puts and deletions.
    func write(_ changes: SortedChanges) throws(StateStoreError) {
        let arena = changes.arena.bytes
        for item in changes.items {
            if item.valueLength >= 0 {
                try put(arena, item.start..<item.end, item.end..<(item.end + Int(item.valueLength)))
            } else {
                try delete(arena, item.start..<item.end)
            }
        }
    }

    private func put(_ arena: [UInt8], _ key: Range<Int>, _ value: Range<Int>) throws(StateStoreError) {
        switch target {
        case .batch(let batch, let family): batch.put(arena, key, value, in: family)
        case .file(let file): try file.put(arena, key, value)
        }
    }

    private func delete(_ arena: [UInt8], _ key: Range<Int>) throws(StateStoreError) {
        switch target {
        case .batch(let batch, let family): batch.delete(arena, key, in: family)
        case .file(let file): try file.delete(arena, key)
        }
    }

    /// Makes a file part of the store; nothing for a batch, which its owner writes.
    func finish() throws(StateStoreError) {
        guard case .file(let file) = target else { return }
        let (database, handle) = try family.opened()
        try file.ingest(into: handle, of: database)
    }
}
