import MemoryIndex
import StreamCore

/// A copy of one session, as far as its owner's changelogs were read; in whatever order the two are read.
struct SessionReplica {
    /// Items by sequence number, which is their order.
    private var items: [Int64: MemoryItem] = [:]
    private var index: SessionIndex
    private let keywords = KeywordTable()
    private let source: (any EmbeddingSource)?
    /// Items of earlier epochs are discarded.
    private(set) var floor: Int64 = .min
    /// The epoch that the session's row said last.
    private var epoch: Int64?
    /// The offset of the last command that the owner has applied.
    private(set) var applied: Int64 = -1
    /// From where on records are new; those before were applied already.
    private var next: (items: Int64, sessions: Int64) = (0, 0)

    init(source: (any EmbeddingSource)?) {
        self.source = source
        index = SessionIndex(source, keywords: keywords)
    }

    /// How many items there are, those whose time is over included.
    var count: Int { items.count }

    /// Applies a record of the items' changelog; nil is a deletion.
    mutating func apply(_ item: MemoryItem?, sequence: Int64, offset: Int64) {
        guard offset >= next.items else { return }
        next.items = offset + 1
        forget(sequence)
        guard let item, item.epoch >= floor else { return }
        items[sequence] = item
        change { try $0.add(item) }
    }

    /// Applies a record of the sessions' changelog; nil is a deletion.
    mutating func apply(_ row: MemorySession?, offset: Int64) {
        guard offset >= next.sessions else { return }
        next.sessions = offset + 1
        if let row {
            epoch = row.epoch
            floor = max(floor, row.epoch)
            applied = max(applied, row.applied)
        } else if let epoch {
            // That life is over; items of the next may have been read before this.
            floor = max(floor, epoch + 1)
        }
        for (sequence, item) in items where item.epoch < floor { forget(sequence) }
    }

    /// What fits `query` best, best first.
    ///
    /// - Throws: ``MemoryError`` with code `searchFailed`.
    mutating func query(_ query: MemoryQuery, at now: Timestamp) throws -> [MemoryMatch] {
        do {
            return try query.matches(among: count, at: now) { limit in
                try index.search(query, limit: limit) { visit in
                    for sequence in items.keys.sorted() { if let item = items[sequence] { try visit(item) } }
                }
            } item: {
                items[$0]
            }
        } catch {
            index = SessionIndex(source, keywords: keywords)
            throw error
        }
    }

    /// Does some of the work that makes searches faster; returns whether there is more.
    mutating func improve(upTo steps: Int) -> Bool {
        var isMore = false
        change { isMore = try $0.improve(upTo: steps) }
        return isMore
    }

    /// The item called `id`; nil when there is none, or its time is over.
    func item(id: String, at now: Timestamp) -> MemoryItem? {
        items.values.first { $0.id == id && !$0.isExpired(at: now) }
    }

    private mutating func forget(_ sequence: Int64) {
        guard let old = items.removeValue(forKey: sequence) else { return }
        change { try $0.remove(old) }
    }

    /// An index that fails is made anew at the next search.
    private mutating func change(_ body: (SessionIndex) throws -> Void) {
        do { try body(index) } catch { index = SessionIndex(source, keywords: keywords) }
    }
}
