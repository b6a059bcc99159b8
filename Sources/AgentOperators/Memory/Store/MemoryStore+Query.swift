import MemoryIndex
import StateStores
import StreamCore
import Topology

extension MemoryStore {
    /// The items of `session` that fit best, best first; what is over is not found.
    ///
    /// A search by words or meaning makes the session's index when it is the first since the task started, or since others
    /// took its place in memory: that reads the whole session.
    ///
    /// - Throws: ``MemoryError`` with code `missingVector` or `searchFailed`; ``StateStoreError``.
    public func query(_ query: MemoryQuery, in session: String) throws -> [MemoryMatch] {
        let now = context.clock.now()
        let query = try query.resolved(with: parts.embedding)
        guard query.limit > 0, let state = try sessions.get(session), state.count > 0 else { return [] }
        if query.method == .recent { return try newest(of: session, state, query, now) }
        return try query.matches(among: state.count, at: now) { limit in
            try indexes.search(query, in: session, limit: limit) { try visit(session, $0) }
        } item: { number in
            try item(number, in: session)
        }
    }

    /// The last items, without an index: the sequence is the order.
    private func newest(
        of session: String, _ state: MemorySession, _ query: MemoryQuery, _ now: Timestamp
    ) throws -> [MemoryMatch] {
        var matches: [MemoryMatch] = []
        var end = state.next
        var span = Int64(clamping: max(16, query.limit))
        while end > state.first, matches.count < query.limit {
            let start = max(state.first, end - span)
            var found: [MemoryItem] = []
            let last = MemoryRowKey(session, .item(end - 1))
            try items.scan(from: MemoryRowKey(session, .item(start)), through: last) { _, row, _ in
                if case .item(let item) = row, !item.isExpired(at: now), query.admits(item) { found.append(item) }
                return true
            }
            for item in found.reversed() where matches.count < query.limit {
                matches.append(MemoryMatch(item: item, score: 1 / Double(matches.count + 1)))
            }
            end = start
            span = span > .max / 4 ? span : span * 4
        }
        return matches
    }
}

extension MemoryQuery {
    /// The query with its vector, where one is needed.
    ///
    /// - Throws: ``MemoryError`` with code `missingVector` when the source does not answer at once, or there is none.
    func resolved(with source: (any EmbeddingSource)?) throws(MemoryError) -> MemoryQuery {
        guard lacksVector else { return self }
        var query = self
        if let source = source as? any ImmediateEmbeddingSource {
            query.vector = source.vector(of: text)
        } else if method == .vector {
            throw MemoryError(
                .missingVector,
                source == nil
                    ? "this memory has no embedding source: give it one, or search by words"
                    : "the embedding source has to be asked first: give the query its vector, as 'recall' does")
        }
        return query
    }
}
