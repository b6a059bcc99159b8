import Console
import MemoryIndex
import Operations
import StreamCore

/// `memory search`: what fits, by the same search that the application makes.
enum MemorySearchVerb {
    private static let text = Parameter.argument(
        "text", ValueFormat<String>.anyText, help: "the words, or what is meant")
    private static let count = Parameter.option(
        "count", letter: "k", aliases: ["limit"], ValueFormat<Int>.integer(1...10_000), default: 10,
        help: "how many items at most")
    private static let method = Parameter.option(
        "method", ValueFormat<MemoryQuery.Method>.choice(MemoryQuery.Method.self),
        help: "recent, keyword, vector or hybrid; hybrid where the items' vectors can be made here, else keyword")

    static let command = Command(
        "search", aliases: ["find"], summary: "the items of a session that fit best, best first",
        details: """
            By words always; by meaning when the items' vectors were made by the hashing source, which needs no model. Vectors \
            of other sources cannot be made here.
            """,
        examples: [
            Command.Example("memory search anna \"green tea\" -k 5 --data-dir ./data", "five of them"),
            Command.Example("memory search anna tea --method keyword -o json --data-dir ./data", "by words, as JSON"),
        ],
        arguments: [MemoryNoun.session, text], options: [count, method]
    ) { invocation in
        let catalog = try MemoryCatalog(OperatorStores(invocation), named: try invocation[MemoryNoun.memory])
        let name = try invocation[MemoryNoun.session]
        let (place, session) = try catalog.session(name)
        var items: [MemoryItem] = []
        try catalog.forEachItem(of: name, session, in: place) { item in
            items.append(item)
            return true
        }
        let source = source(of: items)
        var query = MemoryQuery(
            try invocation[method] ?? (source == nil ? .keyword : .hybrid), text: try invocation[text],
            limit: try invocation[count])
        guard query.method != .vector || source != nil else {
            let names = Set(items.compactMap(\.embedding?.source)).sorted()
            throw CommandError(
                .unsupported,
                names.isEmpty
                    ? "the items of '\(name)' have no vectors"
                    : "the items' vectors were made by \(names.joined(separator: ", ")), which this tool cannot ask",
                hint: "search by words: --method keyword")
        }
        if query.lacksVector, let source { query.vector = source.vector(of: query.text) }
        var replica = SessionReplica(source: source)
        for (offset, item) in items.enumerated() {
            replica.apply(item, sequence: item.sequence, offset: Int64(offset))
        }
        let rows = invocation.rows([Column("score", .right)] + MemoryNoun.columns)
        for match in try replica.query(query, at: SystemWallClock().now()) {
            try rows.write(match.item.row(isShort: invocation.style == .table, score: match.score))
        }
        try rows.finish()
        try catalog.unreadable.complain()
    }

    /// The source that made the items' vectors, when it is one that needs no model.
    private static func source(of items: [MemoryItem]) -> HashingEmbeddings? {
        guard let embedding = items.last(where: { $0.embedding != nil })?.embedding else { return nil }
        let source = HashingEmbeddings(dimension: embedding.vector.count)
        return source.name == embedding.source ? source : nil
    }
}
