/// How small and how large the values of each type are: types without a finite value or of absurd size are refused, for libavro
/// would follow them until memory or stack ends.
struct AvroExtent {
    /// A record of more parts, counted with the records directly in it, is refused.
    private static let partLimit = 100_000

    /// No value is this large.
    static let endless = Int.max

    let types: AvroTypes
    /// The fewest bytes that a value of each type takes; ``endless`` for types that contain themselves always.
    private(set) var bytes: [Int]
    /// How many parts libavro makes for a value before anything is in it.
    private(set) var parts: [Int]

    init(_ types: AvroTypes) {
        self.types = types
        bytes = Array(repeating: Self.endless, count: types.nodes.count)
        parts = bytes
        var hasChanged = true
        // Definitions mostly come after what they are made of, so that few rounds are enough.
        while hasChanged {
            hasChanged = false
            for index in types.nodes.indices {
                let (size, count) = extent(of: types[index])
                if size != bytes[index] || count != parts[index] { hasChanged = true }
                (bytes[index], parts[index]) = (size, count)
            }
        }
    }

    private func extent(of node: AvroNode) -> (Int, Int) {
        switch node {
        case .primitive(.null): (0, 1)
        case .primitive(.float): (4, 1)
        case .primitive(.double): (8, 1)
        case .primitive, .enumeration, .array, .map: (1, 1)
        case .fixed(_, let size): (size, 1)
        case .union(let branches): (Self.sum(1, branches.map { bytes[$0] }.min() ?? 0), 1)
        case .record(_, let fields):
            (
                fields.reduce(0) { Self.sum($0, bytes[$1.type]) },
                fields.reduce(1) { Self.sum($0, parts[$1.type]) }
            )
        }
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, isTooLarge) = left.addingReportingOverflow(right)
        return isTooLarge ? endless : sum
    }

    func check() throws(AvroSchemaError) {
        for (index, node) in types.nodes.enumerated() {
            guard let name = node.name else { continue }
            if bytes[index] == Self.endless {
                throw AvroSchemaError(
                    path: name.full,
                    message: "no value can be written: it always contains another of itself, or is too large")
            }
            if parts[index] > Self.partLimit {
                throw AvroSchemaError(path: name.full, message: "a value has more than \(Self.partLimit) parts")
            }
        }
    }
}
