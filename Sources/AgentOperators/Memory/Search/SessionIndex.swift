import MemoryIndex

/// The derived indexes of one session: each made when it is first searched, from what the session holds.
final class SessionIndex {
    /// Gives every item of the session, oldest first.
    typealias Items = (_ visit: (MemoryItem) throws -> Void) throws -> Void

    private let keywords: KeywordTable
    private let source: (any EmbeddingSource)?
    private var made: [MemoryQuery.Method: any MemorySearch] = [:]
    /// When it was last searched, counted in searches of its owner.
    var lastUse = 0

    init(_ source: (any EmbeddingSource)?, keywords: KeywordTable) {
        self.source = source
        self.keywords = keywords
    }

    var estimatedBytes: Int { made.values.reduce(256) { $0 + $1.estimatedBytes } }

    /// Takes in an item that came to the session.
    func add(_ item: MemoryItem) throws {
        for search in made.values {
            try search.add(entry(of: item))
            // Two for one: under a steady load a graph catches up too.
            _ = try search.improve(upTo: 2)
        }
    }

    /// Forgets an item that left the session.
    func remove(_ item: MemoryItem) throws {
        for search in made.values { try search.remove(item.sequence) }
    }

    /// Does some of the deferred work; returns whether there is more.
    func improve(upTo steps: Int) throws -> Bool {
        var isMore = false
        for search in made.values where try search.improve(upTo: steps) { isMore = true }
        return isMore
    }

    /// The numbers of items that fit, best first.
    ///
    /// - Throws: ``MemoryIndexError``; what `items` throws.
    func search(_ query: MemoryQuery, limit: Int, _ items: Items) throws -> [SearchHit] {
        let question = SearchQuestion(text: query.text, vector: query.vector, limit: limit)
        guard query.method == .hybrid else { return try index(query.method, items).search(question) }
        // What only one ranking knows may stand deep in it.
        let deep = SearchQuestion(text: query.text, vector: query.vector, limit: max(4 * limit, 32))
        var rankings: [(hits: [SearchHit], weight: Double)] = []
        rankings.append((try index(.keyword, items).search(deep), 1))
        if query.vector != nil { rankings.append((try index(.vector, items).search(deep), 1)) }
        return RankFusion.merge(rankings, limit: limit)
    }

    private func index(_ method: MemoryQuery.Method, _ items: Items) throws -> any MemorySearch {
        if let known = made[method] { return known }
        let search: any MemorySearch
        switch method {
        case .recent: search = RecencySearch()
        case .keyword: search = try KeywordSearch(in: keywords.database())
        case .vector, .hybrid: search = VectorSearch(dimension: source?.dimension ?? 1)
        }
        try items { try search.add(entry(of: $0)) }
        made[method] = search
        return search
    }

    private func entry(of item: MemoryItem) -> IndexedEntry {
        // A vector of another source, or of an earlier model, says nothing here.
        let vector = item.embedding.flatMap { $0.source == source?.name ? $0.vector : nil }
        return IndexedEntry(number: item.sequence, text: item.content.text ?? "", vector: vector)
    }
}

/// The keyword database of one owner, made when the first search by words needs it.
final class KeywordTable {
    private var made: KeywordDatabase?

    func database() throws -> KeywordDatabase {
        if let made { return made }
        let database = try KeywordDatabase()
        made = database
        return database
    }
}

/// The indexes of the sessions that were searched last, within a number of bytes.
final class SessionIndexes {
    private let source: (any EmbeddingSource)?
    private let budget: Int
    private var sessions: [String: SessionIndex] = [:]
    private let keywords = KeywordTable()
    private var uses = 0
    /// How many sessions there were when the bytes were added up last.
    private var counted = 0
    /// Sessions with deferred work.
    private var unfinished: Set<String> = []

    init(source: (any EmbeddingSource)?, budget: Int) {
        self.source = source
        self.budget = budget
    }

    /// About how many bytes all indexes take.
    var estimatedBytes: Int { sessions.values.reduce(0) { $0 + $1.estimatedBytes } }

    /// Of how many sessions there are indexes.
    var count: Int { sessions.count }

    /// The index of `session`, when there is one.
    subscript(session: String) -> SessionIndex? { sessions[session] }

    /// Whether there is work that makes searches faster.
    var isUnfinished: Bool { !unfinished.isEmpty }

    /// Forgets the index of `session`; the next search makes it anew.
    func drop(_ session: String) {
        sessions[session] = nil
        unfinished.remove(session)
    }

    /// Changes the index of `session`, if there is one; an index that fails is dropped, it can be made anew.
    func change(_ session: String, _ body: (SessionIndex) throws -> Void) {
        guard let index = sessions[session] else { return }
        do {
            try body(index)
            unfinished.insert(session)
        } catch {
            drop(session)
        }
    }

    /// Searches `session`, whose items `items` gives.
    ///
    /// - Throws: ``MemoryIndexError`` when it fails with a new index too; what `items` throws.
    func search(
        _ query: MemoryQuery, in session: String, limit: Int, _ items: SessionIndex.Items
    ) throws -> [SearchHit] {
        let index = sessions[session] ?? SessionIndex(source, keywords: keywords)
        uses += 1
        index.lastUse = uses
        sessions[session] = index
        do {
            let hits = try index.search(query, limit: limit, items)
            unfinished.insert(session)
            keepWithinBudget(but: session)
            return hits
        } catch {
            drop(session)
            throw error
        }
    }

    /// Does some of the work that makes searches faster; returns whether there is more.
    func improve(upTo steps: Int) -> Bool {
        guard let session = unfinished.first else { return false }
        do {
            guard let index = sessions[session], try index.improve(upTo: steps) else {
                unfinished.remove(session)
                return !unfinished.isEmpty
            }
            return true
        } catch {
            drop(session)
            return !unfinished.isEmpty
        }
    }

    private func keepWithinBudget(but session: String) {
        // Adding up costs more than a search when there are many.
        guard sessions.count > 1, uses % 16 == 0 || sessions.count != counted else { return }
        counted = sessions.count
        var bytes = estimatedBytes
        guard bytes > budget else { return }
        for (name, index) in sessions.sorted(by: { $0.value.lastUse < $1.value.lastUse }) where name != session {
            guard bytes > budget else { return }
            bytes -= index.estimatedBytes
            drop(name)
        }
        counted = sessions.count
    }
}
