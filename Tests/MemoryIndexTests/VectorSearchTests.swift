import Testing

@testable import MemoryIndex

@Suite("Search by vectors", .timeLimit(.minutes(15)))
struct VectorSearchTests {
    @Test("The scan finds the nearest by angle, whatever the lengths")
    func exact() throws {
        let search = VectorSearch(dimension: 3)
        try search.add(IndexedEntry(number: 1, vector: [10, 0, 0]))
        try search.add(IndexedEntry(number: 2, vector: [0.1, 0.1, 0]))
        try search.add(IndexedEntry(number: 3, vector: [0, 0, 5]))
        try search.add(IndexedEntry(number: 4, vector: nil))
        try search.add(IndexedEntry(number: 5, vector: [1, 2]))
        let hits = try search.search(SearchQuestion(vector: [7, 1, 0], limit: 2))
        let none = try search.search(SearchQuestion(vector: [7, 1], limit: 2))
        #expect(hits.map(\.number) == [1, 2])
        #expect(abs(hits[0].score - 7 / 50.0.squareRoot()) < 0.0001)
        #expect(search.count == 3)
        #expect(none.isEmpty)
    }

    @Test("A graph grows step by step, answers meanwhile, and finds nearly all that the scan finds")
    func recall() throws {
        var random = SeededNumbers(seed: 7)
        print("seed 7")
        let (approximate, exact) = (
            VectorSearch(dimension: 16, graphThreshold: 500), VectorSearch(dimension: 16, graphThreshold: .max)
        )
        for number in 0..<1_500 as Range<Int64> {
            let entry = IndexedEntry(number: number, vector: random.vector(16))
            try approximate.add(entry)
            try exact.add(entry)
            _ = try approximate.improve(upTo: number % 2 == 0 ? 1 : 0)
        }
        #expect(approximate.countInGraph == 500)
        let early = try recall(of: approximate, against: exact, &random)
        #expect(early > 0.95)
        while try approximate.improve(upTo: 100) {}
        #expect(approximate.countInGraph == 1_500)
        #expect(exact.countInGraph == 0)
        let share = try recall(of: approximate, against: exact, &random)
        #expect(share > 0.95)
    }

    @Test("What was removed is never found again, in the graph or beside it")
    func removal() throws {
        var random = SeededNumbers(seed: 8)
        print("seed 8")
        let search = VectorSearch(dimension: 8, graphThreshold: 100)
        let exact = VectorSearch(dimension: 8, graphThreshold: .max)
        for number in 0..<1_000 as Range<Int64> {
            let entry = IndexedEntry(number: number, vector: random.vector(8))
            try search.add(entry)
            try exact.add(entry)
            _ = try search.improve(upTo: 2)
            guard number % 3 != 0 else { continue }
            let victim = Int64.random(in: 0...number, using: &random)
            try search.remove(victim)
            try exact.remove(victim)
        }
        #expect(search.count == exact.count)
        let all = try Set(exact.search(SearchQuestion(vector: random.vector(8), limit: 2_000)).map(\.number))
        let found = try Set(search.search(SearchQuestion(vector: random.vector(8), limit: 2_000)).map(\.number))
        #expect(found.isSubset(of: all))
        let share = try recall(of: search, against: exact, &random)
        #expect(share > 0.95)
        search.removeAll()
        let nothing = try search.search(SearchQuestion(vector: random.vector(8), limit: 10))
        #expect(nothing.isEmpty && search.isEmpty)
    }

    private func recall(
        of search: VectorSearch, against exact: VectorSearch, _ random: inout SeededNumbers
    ) throws -> Double {
        var (found, wanted) = (0, 0)
        for _ in 0..<50 {
            let question = SearchQuestion(vector: random.vector(exact.dimension), limit: 10)
            let truth = try Set(exact.search(question).map(\.number))
            found += try search.search(question).filter { truth.contains($0.number) }.count
            wanted += truth.count
        }
        return Double(found) / Double(wanted)
    }
}

extension VectorSearch {
    fileprivate var isEmpty: Bool { count == 0 }
}

/// The same numbers for the same seed: splitmix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func vector(_ dimension: Int) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &self) }
    }
}
