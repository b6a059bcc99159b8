import StateStores
import StreamCore

/// A changelog in memory: one partition for each store, as a log would keep it.
final class FakeChangelog {
    static let incarnation = "test"
    var records: [String: [LogRecord]] = [:]
    private var commitID: Int64 = 0

    func mark(_ store: String) -> ChangelogMark {
        ChangelogMark(
            position: Int64(records[store]?.count ?? 0), commitID: commitID, incarnation: Self.incarnation)
    }

    /// Appends what changed in `store`, and tells it so.
    func commit(_ store: any StateStore) throws {
        let name = store.specification.name
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex(name)
        try store.appendChanges(to: &buffer, topic: topic, partition: 0)
        commitID += 1
        for entry in buffer.entries {
            let record = LogRecord(
                offset: Int64(records[name]?.count ?? 0), timestamp: entry.timestamp,
                key: buffer.key(of: entry)?.compact, value: buffer.value(of: entry)?.compact)
            records[name, default: []].append(record)
        }
        store.committed(mark(name))
    }

    func commit(_ stores: TaskStores) throws {
        for store in stores.stores { try commit(store) }
    }

    /// Brings `store` up to the end: from its mark, or from the start.
    func restore(_ store: any StateStore, batch: Int = 100) throws {
        let name = store.specification.name
        var position = Int(store.mark?.position ?? 0)
        let all = records[name] ?? []
        while position < all.count {
            let end = min(position + batch, all.count)
            try store.restore(
                RecordBatch(
                    source: TopicPartition(name, 0), records: Array(all[position..<end]), nextOffset: Int64(end)),
                upTo: ChangelogMark(position: Int64(end), commitID: commitID, incarnation: Self.incarnation))
            position = end
        }
        try store.finishRestore(mark(name))
    }

    func restore(_ stores: TaskStores, batch: Int = 100) throws {
        for store in stores.stores { try restore(store, batch: batch) }
    }
}
