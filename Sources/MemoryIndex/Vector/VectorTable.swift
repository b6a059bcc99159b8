/// Vectors of length 1 in one run of memory, and the exact scan over them.
struct VectorTable {
    let dimension: Int
    /// Row after row.
    private(set) var numbers: [Float] = []

    init(dimension: Int) { self.dimension = max(1, dimension) }

    var count: Int { numbers.count / dimension }

    /// Appends a vector made one of length 1; a vector of zeros stays one.
    mutating func append(_ vector: [Float]) {
        let scale = Self.scale(of: vector)
        for number in vector { numbers.append(number * scale) }
    }

    /// Puts the last row in the place of row `row`.
    mutating func removeBySwap(_ row: Int) {
        let last = count - 1
        if row != last {
            for column in 0..<dimension { numbers[row * dimension + column] = numbers[last * dimension + column] }
        }
        numbers.removeLast(dimension)
    }

    /// What makes the vector one of length 1.
    static func scale(of vector: [Float]) -> Float {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 && length.isFinite ? 1 / length : 0
    }

    /// The rows with the largest products with `vector` (of length 1) among `rows`, best first.
    func nearest(to vector: [Float], limit: Int, among rows: Range<Int>) -> [(row: Int, product: Float)] {
        var best = TopRows(limit: limit)
        guard vector.count == dimension, limit > 0 else { return [] }
        numbers.withUnsafeBytes { table in
            vector.withUnsafeBytes { vector in
                for row in rows {
                    let start = row * dimension * 4
                    var sum = SIMD8<Float>()
                    var column = 0
                    while column + 8 <= dimension {
                        let left = table.loadUnaligned(fromByteOffset: start + column * 4, as: SIMD8<Float>.self)
                        let right = vector.loadUnaligned(fromByteOffset: column * 4, as: SIMD8<Float>.self)
                        sum += left * right
                        column += 8
                    }
                    var product = sum.sum()
                    while column < dimension {
                        product +=
                            table.loadUnaligned(fromByteOffset: start + column * 4, as: Float.self)
                            * vector.loadUnaligned(fromByteOffset: column * 4, as: Float.self)
                        column += 1
                    }
                    best.note(row, product)
                }
            }
        }
        return best.sorted
    }
}

/// The few best of many: a heap whose root is the worst of them.
struct TopRows {
    private let limit: Int
    private var heap: [(row: Int, product: Float)] = []

    init(limit: Int) { self.limit = max(0, limit) }

    /// Best first; of equals the earlier row first.
    var sorted: [(row: Int, product: Float)] {
        heap.sorted { $0.product != $1.product ? $0.product > $1.product : $0.row < $1.row }
    }

    mutating func note(_ row: Int, _ product: Float) {
        if heap.count == limit {
            guard let worst = heap.first, product > worst.product else { return }
            heap[0] = (row, product)
            sink()
        } else {
            heap.append((row, product))
            rise()
        }
    }

    private mutating func rise() {
        var child = heap.count - 1
        while child > 0, heap[child].product < heap[(child - 1) / 2].product {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].product < heap[least].product { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
