import StreamCore

/// What one store has on disk: its column family, its header, and what is being restored into it.
@usableFromInline final class StoreDisk {
    @usableFromInline let family: ColumnFamily
    let layout: StoreLayout
    private let clock: any WallClock
    private(set) var header: StoreHeader?
    private var restored = SortedChanges()
    /// The latest window start in ``restored``.
    private var restoredLatest: Int64 = .min

    /// How much is restored at a time.
    private static let restoreLimit = (entries: 250_000, bytes: 64 << 20)

    init(family: ColumnFamily, layout: StoreLayout, clock: any WallClock) throws(StateStoreError) {
        self.family = family
        self.layout = layout
        self.clock = clock
        var key = ByteWriter()
        key.append(StoreHeader.key)
        if let bytes = try family.get(key) { header = try StoreHeader(bytes, store: family.name) }
    }

    /// Whether there is not a single entry.
    func isEmpty() throws(StateStoreError) -> Bool {
        let cursor = try family.cursor(from: [StoreLayout.Area.entries], upTo: [StoreLayout.Area.timeIndex])
        return try !cursor.isAtKey()
    }

    /// The header of a checkpoint that is made now.
    func newHeader(_ mark: ChangelogMark, horizon: Int64, latestStart: Int64) -> StoreHeader {
        StoreHeader(mark: mark, checkpointedAt: clock.now(), horizon: horizon, latestStart: latestStart)
    }

    /// `header` is on disk.
    func wrote(_ header: StoreHeader) { self.header = header }

    func wipe() throws(StateStoreError) {
        clearRestored()
        header = nil
        try family.database.recreate(family.name)
    }
}

extension StoreDisk {
    /// Takes changelog entries, and writes what has gathered when it is much.
    func restore(_ batch: RecordBatch, upTo mark: ChangelogMark) throws(StateStoreError) {
        for record in batch.records {
            guard let key = record.key else {
                throw StateStoreError(
                    .serde, "changelog entry \(batch.source) offset \(record.offset) has no key", store: family.name)
            }
            try add(key, record, in: batch.source)
        }
        if restored.items.count >= Self.restoreLimit.entries || restored.arena.count >= Self.restoreLimit.bytes {
            try finishRestore(mark)
        }
    }

    private func add(_ key: Bytes, _ record: LogRecord, in source: TopicPartition) throws(StateStoreError) {
        let start = restored.arena.count
        guard layout.appendKey(fromChangelog: key, to: &restored.arena) else {
            restored.arena.truncate(to: start)
            throw StateStoreError(
                .serde,
                "changelog entry \(source) offset \(record.offset) is not of a window store: its key has "
                    + "\(key.count) bytes", store: family.name)
        }
        if layout.segment > 0 {
            restoredLatest = max(restoredLatest, StoreLayout.windowStart(ofChangelog: key) ?? .min)
        }
        let end = restored.arena.count
        guard let value = record.value else { return restored.addDeletion(from: start, to: end) }
        layout.appendValue(value, record.timestamp, to: &restored.arena)
        restored.addPut(from: start, to: end)
        guard layout.hasTimeIndex else { return }
        let indexStart = restored.arena.count
        StoreLayout.appendTimeIndexKey(record.timestamp, to: &restored.arena) { $0.append(key) }
        restored.addPut(from: indexStart, to: restored.arena.count)
    }

    /// Writes what has gathered, with `mark`.
    func finishRestore(_ mark: ChangelogMark) throws(StateStoreError) {
        restored.sort()
        let header = newHeader(
            mark, horizon: header?.horizon ?? .min, latestStart: max(restoredLatest, header?.latestStart ?? .min))
        if restored.items.count > ChangeSink.batchLimit {
            let sink = try ChangeSink(fileFor: family)
            try sink.put(header)
            try sink.write(restored)
            try sink.finish()
        } else {
            let batch = WriteBatch()
            let sink = try ChangeSink(batch, family: family)
            try sink.put(header)
            try sink.write(restored)
            try family.database.write(batch)
        }
        wrote(header)
        clearRestored()
    }

    private func clearRestored() {
        restored = SortedChanges()
        restoredLatest = .min
    }
}
