public import StreamCore

extension KeyValueStore {
    /// Which prefix of the changelog is on disk; nil when there is none, and always for a store in memory.
    public var mark: ChangelogMark? { disk?.header?.mark }

    /// When ``mark`` was written.
    public var checkpointedAt: Timestamp? { disk?.header?.checkpointedAt }

    /// Whether something changed that no commit holds yet.
    public var hasUncommittedChanges: Bool { !changed.isEmpty || !inFlight.isEmpty }

    /// How many keys the next checkpoint will write.
    public var changesSinceCheckpoint: Int { dirty.count + expiry.removals.count }

    /// Appends one changelog entry for each key that changed; see ``StateStore``.
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
        if disk == nil {
            for number in inFlight where slots[Int(number)].epoch != epoch {
                slots[Int(number)].isDirty = false
                if slots[Int(number)].value == nil { free(Int(number)) }
            }
            // What changed again meanwhile is still in `changed`, and nothing else needs the list in memory.
            dirty.removeAll(keepingCapacity: true)
        }
        inFlight.removeAll(keepingCapacity: true)
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
            guard isComplete else { throw notOpen() }
            committedMark = mark
            for record in batch.records { try restoreInMemory(record) }
            return
        }
        if !slots.isEmpty || isComplete { clearOverlay(isComplete: false) }
        try disk.restore(batch, upTo: mark)
        // What has only gathered is not there yet: a checkpoint now must not say that it is.
        committedMark = disk.header?.mark
    }

    /// Whether the serdes can read `record`, and its time is one that sources let pass.
    public func canRead(_ record: LogRecord) -> Bool {
        guard record.key != nil, (0...Timestamp.latest.milliseconds).contains(record.timestamp.milliseconds) else {
            return false
        }
        do {
            _ = try keySerde.decode(record.key)
            if record.value != nil { _ = try valueSerde.decode(record.value) }
            return true
        } catch {
            return false
        }
    }

    private func restoreInMemory(_ record: LogRecord) throws(StateStoreError) {
        let key: Key
        let value: Value?
        do {
            key = try keySerde.decode(record.key)
            value = try record.value.map { try valueSerde.decode($0) }
        } catch {
            throw serdeError(error, "changelog entry at offset \(record.offset)")
        }
        let tag = KeyIdentity.tag(key)
        var slot = find(key, tag)
        guard value != nil else {
            if slot >= 0 { free(slot) }
            return
        }
        if slot < 0 { slot = insert(key, tag) }
        if slots[slot].value == nil { living += 1 }
        slots[slot].value = value
        slots[slot].timestamp = record.timestamp
        size.note((record.key?.count ?? 0) + (record.value?.count ?? 0))
        if hasTTL { noteTime(slot) }
    }

    /// Ends a restore: everything applied is on disk with `mark`.
    ///
    /// - Throws: ``StateStoreError``.
    public func finishRestore(_ mark: ChangelogMark) throws(StateStoreError) {
        committedMark = mark
        guard let disk else { return countMemory() }
        try disk.finishRestore(mark)
        if slots.isEmpty { isComplete = try disk.isEmpty() }
    }

    /// Forgets everything in memory and on disk.
    ///
    /// - Throws: ``StateStoreError``.
    public func wipe() throws(StateStoreError) {
        try disk?.wipe()
        committedMark = nil
        clearOverlay(isComplete: true)
    }
}

extension KeyValueStore: CheckpointedStore {
    var pendingMark: ChangelogMark? { committedMark }

    func open(_ disk: StoreDisk) throws(StateStoreError) {
        isComplete = try disk.isEmpty()
        self.disk = disk
        committedMark = disk.header?.mark
        memory.countStore(1)
    }

    func closed() {
        if disk != nil { memory.countStore(-1) }
    }

    func newHeader(_ mark: ChangelogMark, _ disk: StoreDisk) -> StoreHeader {
        disk.newHeader(mark, horizon: .min, latestStart: .min)
    }

    func collectChanges(into changes: inout SortedChanges) throws(StateStoreError) {
        addTimeIndexRemovals(to: &changes)
        try loops.collect(self, &changes)
    }

    func changesWritten() throws(StateStoreError) {
        for number in dirty {
            let slot = Int(number)
            slots[slot].isDirty = false
            if slots[slot].value == nil, isComplete { free(slot) }
        }
        dirty.removeAll(keepingCapacity: true)
        queue.removeAll()
        expiry.checkpointed()
        keepWithinBudget()
    }
}
