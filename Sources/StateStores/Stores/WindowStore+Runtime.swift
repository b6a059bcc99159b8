public import StreamCore

extension WindowStore {
    /// Which prefix of the changelog is on disk; nil when there is none, and always for a store in memory.
    public var mark: ChangelogMark? { disk?.header?.mark }

    /// When ``mark`` was written.
    public var checkpointedAt: Timestamp? { disk?.header?.checkpointedAt }

    /// Whether something changed that no commit holds yet.
    public var hasUncommittedChanges: Bool { !changed.isEmpty || !inFlight.isEmpty }

    /// How many windows the next checkpoint will write.
    public var changesSinceCheckpoint: Int { disk == nil ? 0 : dirty.count }

    /// Appends one changelog entry for each window that changed; see ``StateStore``.
    ///
    /// - Throws: ``StateStoreError`` with code `serde`; store and buffer are as before.
    public func appendChanges(
        to buffer: inout RecordBuffer, topic: Int32, partition: Int32
    ) throws(StateStoreError) {
        takeBackUnconfirmed()
        if specification.isLogged {
            let before = buffer.count
            do {
                try loops.append(self, &buffer, topic, partition)
            } catch {
                buffer.truncate(to: before)
                throw error
            }
        }
        swap(&changed, &inFlight)
        epoch += 1
    }

    /// Makes what was appended but never confirmed wait for the next commit again.
    private func takeBackUnconfirmed() {
        for number in inFlight where slots[Int(number)].epoch != epoch {
            slots[Int(number)].epoch = epoch
            changed.append(number)
        }
        inFlight.removeAll(keepingCapacity: true)
    }

    /// Says that what was appended last is durable and ends at `mark`.
    public func committed(_ mark: ChangelogMark) {
        committedMark = mark
        inFlight.removeAll(keepingCapacity: true)
        if disk == nil {
            for number in dirty { slots[Int(number)].isDirty = false }
            dirty.removeAll(keepingCapacity: true)
        }
        keepWithinBudget()
    }

    /// Applies changelog entries; see ``StateStore``.
    ///
    /// - Throws: ``StateStoreError``.
    public func restore(_ batch: RecordBatch, upTo mark: ChangelogMark) throws(StateStoreError) {
        guard !hasUncommittedChanges, disk == nil || dirty.isEmpty else {
            throw StateStoreError(.invalidUse, "restored while it holds changes of its own", store: specification.name)
        }
        guard let disk else {
            guard !isOnDisk else { throw notOpen() }
            committedMark = mark
            for record in batch.records { try restoreInMemory(record) }
            return
        }
        clearOverlay(diskOnlyThrough: .max)
        try disk.restore(batch, upTo: mark)
        // What has only gathered is not there yet: a checkpoint now must not say that it is.
        committedMark = disk.header?.mark
    }

    private func restoreInMemory(_ record: LogRecord) throws(StateStoreError) {
        guard let bytes = record.key, let start = StoreLayout.windowStart(ofChangelog: bytes), start >= 0 else {
            throw StateStoreError(
                .serde, "changelog entry at offset \(record.offset) is not of a window store",
                store: specification.name)
        }
        guard start >= horizonStart else { return }
        let key: Key
        let value: Value?
        do {
            key = try keySerde.decode(bytes[0..<(bytes.count - StoreLayout.windowSuffix)])
            value = try record.value.map { try valueSerde.decode($0) }
        } catch {
            throw serdeError(error, "changelog entry at offset \(record.offset)")
        }
        let tag = KeyIdentity.tag(key)
        let owner = find(key, tag)
        var slot = owner < 0 ? -1 : owners[owner].slot(start)
        if slot < 0 {
            if value == nil { return }
            slot = try insert(key, tag, owner, start)
        }
        living += (value == nil ? 0 : 1) - (slots[slot].value == nil ? 0 : 1)
        slots[slot].value = value
        slots[slot].timestamp = record.timestamp
        size.note(bytes.count + (record.value?.count ?? 0))
    }

    /// Always: no source topic serves a window store as changelog.
    public func canRead(_ record: LogRecord) -> Bool { true }

    /// Ends a restore: everything applied is on disk with `mark`.
    ///
    /// - Throws: ``StateStoreError``.
    public func finishRestore(_ mark: ChangelogMark) throws(StateStoreError) {
        committedMark = mark
        guard let disk else { return countMemory() }
        try disk.finishRestore(mark)
        try readDisk(disk)
    }

    /// Forgets everything in memory and on disk.
    ///
    /// - Throws: ``StateStoreError``.
    public func wipe() throws(StateStoreError) {
        try disk?.wipe()
        committedMark = nil
        latestStart = .min
        horizonStart = .min
        segments = []
        clearOverlay(diskOnlyThrough: .min)
    }

    /// Learns what is on disk.
    private func readDisk(_ disk: StoreDisk) throws(StateStoreError) {
        segments = Set(try StoredCursor.segments(of: disk.family))
        latestStart = segments.isEmpty ? .min : disk.header?.latestStart ?? .max
        diskOnlyThrough = latestStart
        horizonStart = max(horizonStart, disk.header?.horizon ?? .min)
    }
}

extension WindowStore: CheckpointedStore {
    var pendingMark: ChangelogMark? { committedMark }

    func open(_ disk: StoreDisk) throws(StateStoreError) {
        layout = disk.layout
        try readDisk(disk)
        self.disk = disk
        committedMark = disk.header?.mark
        memory.countStore(1)
    }

    func closed() {
        if disk != nil { memory.countStore(-1) }
    }

    func newHeader(_ mark: ChangelogMark, _ disk: StoreDisk) -> StoreHeader {
        let latest = dirty.reduce(latestStart) { max($0, slots[Int($1)].start) }
        return disk.newHeader(mark, horizon: horizonStart, latestStart: latest)
    }

    func collectChanges(into changes: inout SortedChanges) throws(StateStoreError) {
        try loops.collect(self, &changes)
    }

    func changesWritten() throws(StateStoreError) {
        var segment: Int64?
        for number in dirty {
            slots[Int(number)].isDirty = false
            let start = slots[Int(number)].start
            latestStart = max(latestStart, start)
            guard layout.segmentStart(of: start) != segment else { continue }
            segment = layout.segmentStart(of: start)
            segments.insert(layout.segmentStart(of: start))
        }
        dirty.removeAll(keepingCapacity: true)
        try dropSegments()
        keepWithinBudget()
    }

    /// Removes the segments that lie wholly before the horizon; after the header that says so is on disk.
    private func dropSegments() throws(StateStoreError) {
        let gone = segments.filter { $0 + layout.segment <= horizonStart }
        guard let disk, !gone.isEmpty, let last = gone.max() else { return }
        try disk.family.drop(from: [StoreLayout.Area.entries], upTo: StoredCursor.segmentKey(last + 1))
        segments.subtract(gone)
    }
}
