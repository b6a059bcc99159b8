import StreamCore

/// One checkpoint of a task's stores: small parts in one batch through the write-ahead log, large ones as a file each.
struct Checkpoint {
    let database: Database
    let stores: [any CheckpointedStore]
    /// Stores that were last written before this are written even if nothing has changed.
    var renewingBefore: Timestamp?
    /// Fewer changes than this free too little memory to make a checkpoint for.
    static let worthwhile = 1_000

    /// - Throws: ``StateStoreError``; stores whose part is on disk know it, the others are as before.
    func run() throws(StateStoreError) {
        for store in stores where store.disk != nil && store.hasUncommittedChanges {
            throw StateStoreError(
                .invalidUse, "a checkpoint holds only what is committed, and it has uncommitted changes",
                store: store.specification.name)
        }
        let batch = WriteBatch()
        var batched: [(store: any CheckpointedStore, disk: StoreDisk, header: StoreHeader)] = []
        for store in stores {
            guard let disk = store.disk, let mark = store.pendingMark, isDue(store, disk, mark) else { continue }
            let header = store.newHeader(mark, disk)
            if store.changesSinceCheckpoint > ChangeSink.batchLimit {
                try write(store, header, ChangeSink(fileFor: disk.family))
                try done(store, header, disk)
            } else {
                try write(store, header, ChangeSink(batch, family: disk.family))
                batched.append((store, disk, header))
            }
        }
        guard !batch.isEmpty else { return }
        try database.write(batch)
        for part in batched { try done(part.store, part.header, part.disk) }
    }

    private func isDue(_ store: any CheckpointedStore, _ disk: StoreDisk, _ mark: ChangelogMark) -> Bool {
        if store.changesSinceCheckpoint > 0 || disk.header?.mark != mark { return true }
        guard let renewingBefore, let header = disk.header else { return false }
        return header.checkpointedAt < renewingBefore
    }

    private func write(
        _ store: any CheckpointedStore, _ header: StoreHeader, _ sink: ChangeSink
    ) throws(StateStoreError) {
        var changes = SortedChanges()
        try store.collectChanges(into: &changes)
        changes.sort()
        try sink.put(header)
        try sink.write(changes)
        try sink.finish()
    }

    private func done(_ store: any CheckpointedStore, _ header: StoreHeader, _ disk: StoreDisk) throws(StateStoreError)
    {
        disk.wrote(header)
        try store.changesWritten()
    }
}
