import CHNSW

/// hnswlib's graph: finds vectors near another without looking at all of them; now and then misses one.
final class VectorGraph {
    private let graph: OpaquePointer
    private let dimension: Int

    /// An empty graph, with room for `capacity` vectors to start with.
    ///
    /// - Throws: ``MemoryIndexError`` without memory.
    init(dimension: Int, capacity: Int) throws(MemoryIndexError) {
        // 16 links and 100 candidates: 0.95 and more of the true neighbours at 100,000 vectors, see docs/design/memory.md.
        guard let graph = tributary_graph_create(dimension, capacity, 16, 100, 1) else {
            throw MemoryIndexError("no memory for a graph of \(capacity) vectors")
        }
        self.graph = graph
        self.dimension = dimension
    }

    deinit { tributary_graph_destroy(graph) }

    /// About how many bytes it takes.
    var estimatedBytes: Int { tributary_graph_bytes(graph) }

    /// Adds the vector at `start` of `numbers` under a label that was never used.
    func add(_ numbers: [Float], at start: Int, label: UInt64) throws(MemoryIndexError) {
        guard start >= 0, start + dimension <= numbers.count else { throw MemoryIndexError("a vector is cut off") }
        let code = numbers.withUnsafeBufferPointer { numbers -> Int32 in
            guard let base = numbers.baseAddress else { return -1 }
            return tributary_graph_add(graph, base + start, label)
        }
        guard code == 0 else { throw MemoryIndexError("no memory for one more vector in the graph") }
    }

    /// Leaves a label out from now on.
    func remove(_ label: UInt64) throws(MemoryIndexError) {
        guard tributary_graph_remove(graph, label) == 0 else {
            throw MemoryIndexError("the graph does not hold label \(label)")
        }
    }

    /// The labels near `vector` with their inner products, best first.
    func search(_ vector: [Float], limit: Int) throws(MemoryIndexError) -> [(label: UInt64, product: Float)] {
        guard vector.count == dimension, limit > 0 else { return [] }
        var labels = [UInt64](repeating: 0, count: limit)
        var products = [Float](repeating: 0, count: limit)
        let found = vector.withUnsafeBufferPointer { vector -> Int in
            guard let base = vector.baseAddress else { return -1 }
            return tributary_graph_search(graph, base, limit, max(64, 4 * limit), &labels, &products)
        }
        guard found >= 0 else { throw MemoryIndexError("the search in the graph failed") }
        return (0..<min(found, limit)).map { (labels[$0], products[$0]) }
    }
}
