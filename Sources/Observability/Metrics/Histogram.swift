/// How often something took how long: buckets with fixed bounds, in seconds, and their sum.
public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets, in seconds; what took longer than the last is counted in one more.
    public static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]

    /// How many fell into each bucket, one more than there are bounds; not cumulative.
    public private(set) var counts: [Int]
    /// All of them together, in seconds.
    public private(set) var sum: Double = 0

    /// Nothing yet.
    public init() { counts = Array(repeating: 0, count: Self.bounds.count + 1) }

    /// How many there were.
    public var count: Int { counts.reduce(0, +) }

    /// Takes one: `seconds` below 0, as a clock that was set back gives, count as 0.
    public mutating func record(_ seconds: Double) {
        let seconds = seconds.isFinite ? max(0, seconds) : 0
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }

    /// Adds all of `other`.
    public mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }
}
