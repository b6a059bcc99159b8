/// Finds entries whose vectors point in nearly the same direction.
///
/// Looks at every vector while there are fewer than ``graphThreshold``: exact. Beyond, ``improve(upTo:)`` grows a graph step by
/// step; what it does not hold yet is still looked at one by one, so a rebuilt index answers at once. Scores are cosines. Vectors of another dimension count as none.
public final class VectorSearch: MemorySearch {
    /// From how many vectors on a graph is grown.
    public let graphThreshold: Int
    let dimension: Int
    private var table: VectorTable
    /// The entry of each row, and the row of each entry.
    private var numbers: [Int64] = []
    private var rows: [Int64: Int] = [:]
    private var graph: VectorGraph?
    /// How many rows at the front the graph holds; rows are never moved across this line.
    private var inGraph = 0
    /// Rows in front of the line that are gone; they keep their places until the graph is made anew.
    private var buried = 0

    /// An empty index of vectors of `dimension` numbers.
    ///
    /// - Parameters:
    ///   - dimension: how many numbers a vector has; below 1 counts as 1.
    ///   - graphThreshold: from how many vectors on a graph is grown.
    public init(dimension: Int, graphThreshold: Int = 10_000) {
        self.dimension = max(1, dimension)
        self.graphThreshold = graphThreshold
        table = VectorTable(dimension: dimension)
    }

    /// How many entries have a vector.
    public var count: Int { rows.count }

    /// About how many bytes it takes.
    public var estimatedBytes: Int { table.numbers.capacity * 4 + numbers.count * 56 + (graph?.estimatedBytes ?? 0) }

    /// How many of the vectors are found by the graph, and not one by one.
    public var countInGraph: Int { inGraph - buried }

    /// Takes an entry in, when it has a vector.
    ///
    /// - Throws: ``MemoryIndexError`` without memory.
    public func add(_ entry: IndexedEntry) throws(MemoryIndexError) {
        try remove(entry.number)
        guard let vector = entry.vector, vector.count == dimension, vector.allSatisfy(\.isFinite) else { return }
        rows[entry.number] = table.count
        numbers.append(entry.number)
        table.append(vector)
    }

    /// Forgets an entry.
    ///
    /// - Throws: ``MemoryIndexError`` when the graph is damaged.
    public func remove(_ number: Int64) throws(MemoryIndexError) {
        guard let row = rows.removeValue(forKey: number) else { return }
        if row < inGraph {
            try graph?.remove(UInt64(row))
            numbers[row] = .min
            buried += 1
            if buried * 2 > inGraph { dropGraph() }
            return
        }
        let last = numbers.count - 1
        table.removeBySwap(row)
        numbers.swapAt(row, last)
        numbers.removeLast()
        if row < last { rows[numbers[row]] = row }
    }

    /// Forgets every entry.
    public func removeAll() {
        table = VectorTable(dimension: dimension)
        numbers = []
        rows = [:]
        graph = nil
        (inGraph, buried) = (0, 0)
    }

    /// The entries whose vectors are nearest to the question's, best first; none when it has no vector.
    ///
    /// - Throws: ``MemoryIndexError`` when the graph fails.
    public func search(_ question: SearchQuestion) throws(MemoryIndexError) -> [SearchHit] {
        guard var vector = question.vector, vector.count == dimension, question.limit > 0 else { return [] }
        let scale = VectorTable.scale(of: vector)
        for index in vector.indices { vector[index] *= scale }
        let limit = min(question.limit, count)
        var hits = table.nearest(to: vector, limit: limit, among: inGraph..<table.count).map {
            SearchHit(number: numbers[$0.row], score: Double($0.product))
        }
        if let graph {
            for (label, product) in try graph.search(vector, limit: limit) {
                hits.append(SearchHit(number: numbers[Int(label)], score: Double(product)))
            }
        }
        hits.sort { ($0.score, $0.number) > ($1.score, $1.number) }
        return Array(hits.prefix(limit))
    }

    /// Takes up to `steps` more vectors into the graph; returns whether some are left that belong there.
    ///
    /// - Throws: ``MemoryIndexError`` without memory.
    public func improve(upTo steps: Int) throws(MemoryIndexError) -> Bool {
        guard count >= graphThreshold else { return false }
        let graph = try grownGraph()
        let end = min(table.count, inGraph + max(0, steps))
        while inGraph < end {
            try graph.add(table.numbers, at: inGraph * dimension, label: UInt64(inGraph))
            inGraph += 1
        }
        return inGraph < table.count
    }

    private func grownGraph() throws(MemoryIndexError) -> VectorGraph {
        if let graph { return graph }
        let made = try VectorGraph(dimension: dimension, capacity: count + count / 4)
        graph = made
        return made
    }

    /// Gives the graph and the buried rows up; the scan takes over, and a new graph is grown.
    private func dropGraph() {
        graph = nil
        (inGraph, buried) = (0, 0)
        var (kept, keptNumbers) = (VectorTable(dimension: dimension), [Int64]())
        rows.removeAll(keepingCapacity: true)
        for (row, number) in numbers.enumerated() where number != .min {
            rows[number] = keptNumbers.count
            keptNumbers.append(number)
            kept.append(Array(table.numbers[(row * dimension)..<((row + 1) * dimension)]))
        }
        (table, numbers) = (kept, keptNumbers)
    }
}
