import MemoryIndex
import StreamCore

extension MemoryQuery {
    /// The living items behind the hits of a search that fit, best first; asks for more hits where some do not.
    ///
    /// - Parameters:
    ///   - count: how many items there are.
    ///   - now: what is over then is left out.
    ///   - search: the best so many hits.
    ///   - item: the item with a number; nil when there is none.
    /// - Returns: at most ``limit`` matches.
    /// - Throws: ``MemoryError`` with code `searchFailed`; what `search` and `item` throw.
    func matches(
        among count: Int, at now: Timestamp, search: (_ limit: Int) throws -> [SearchHit],
        item: (_ number: Int64) throws -> MemoryItem?
    ) throws -> [MemoryMatch] {
        var asked = min(limit, count)
        while asked > 0 {
            let hits: [SearchHit]
            do {
                hits = try search(asked)
            } catch let error as MemoryIndexError {
                throw MemoryError(.searchFailed, "the search failed, another may work: \(error)")
            }
            var matches: [MemoryMatch] = []
            for hit in hits where matches.count < limit {
                guard let item = try item(hit.number), !item.isExpired(at: now), admits(item) else { continue }
                matches.append(MemoryMatch(item: item, score: hit.score))
            }
            // What was left out may have stood in the way of others.
            if matches.count >= limit || hits.count < asked || asked >= count { return matches }
            asked = min(asked * 4, count)
        }
        return []
    }
}
