package import StreamCore

/// Walks over all tasks' parts of a store in key order, a page of each in memory.
package struct MergedScan {
    private struct Source {
        let view: TaskStoreView
        var page: [TaskStoreView.Entry] = []
        var index = 0
        var next: Bytes?
        var isAtEnd = false

        var head: TaskStoreView.Entry? { index < page.count ? page[index] : nil }

        mutating func fill() throws {
            while index >= page.count, !isAtEnd {
                (page, next) = try view.page(from: next, limit: 1_000)
                index = 0
                isAtEnd = next == nil
            }
        }
    }

    private var sources: [Source]

    /// A walk from the changelog key `first` on.
    package init(_ views: [TaskStoreView], from first: Bytes? = nil) throws {
        sources = views.map { Source(view: $0, next: first) }
        for index in sources.indices { try sources[index].fill() }
    }

    /// The entry with the smallest key of those that are left, and its task.
    package mutating func next() throws -> (entry: TaskStoreView.Entry, task: TaskID)? {
        var best: Int?
        for index in sources.indices {
            guard let head = sources[index].head else { continue }
            if let found = best, let least = sources[found].head, least.key <= head.key { continue }
            best = index
        }
        guard let best, let entry = sources[best].head else { return nil }
        sources[best].index += 1
        try sources[best].fill()
        return (entry, sources[best].view.task)
    }
}
