import Testing

@testable import MemoryIndex

@Suite("Search by words and by recency", .timeLimit(.minutes(15)))
struct KeywordSearchTests {
    @Test("Rarer words count for more; case and accents do not matter")
    func ranking() throws {
        let search = try KeywordSearch(in: KeywordDatabase())
        try search.add(IndexedEntry(number: 1, text: "The cat sleeps all day"))
        try search.add(IndexedEntry(number: 2, text: "The dog sleeps all day"))
        try search.add(IndexedEntry(number: 3, text: "Le café est fermé"))
        try search.add(IndexedEntry(number: 4, text: ""))
        let dogs = try search.search(SearchQuestion(text: "does the DOG sleep? sleeps!", limit: 10))
        let cafes = try search.search(SearchQuestion(text: "cafe ferme", limit: 10))
        let nothing = try search.search(SearchQuestion(text: "?!", limit: 10))
        #expect(dogs.map(\.number) == [2, 1])
        #expect(dogs[0].score > dogs[1].score)
        #expect(cafes.map(\.number) == [3])
        #expect(nothing.isEmpty)
        #expect(search.count == 3)
    }

    @Test("Searches that share a database do not see each other's entries")
    func apart() throws {
        let database = try KeywordDatabase()
        let (first, second) = (try KeywordSearch(in: database), try KeywordSearch(in: database))
        for number in 0..<50 as Range<Int64> {
            try first.add(IndexedEntry(number: number, text: "mine \(number)"))
            try second.add(IndexedEntry(number: number, text: "theirs \(number)"))
        }
        try first.remove(7)
        try first.add(IndexedEntry(number: 8, text: "replaced"))
        let mine = try first.search(SearchQuestion(text: "mine theirs", limit: 100))
        #expect(mine.count == 48)
        try first.removeAll()
        let left = try first.search(SearchQuestion(text: "mine", limit: 100))
        let theirs = try second.search(SearchQuestion(text: "mine theirs", limit: 100))
        #expect(left.isEmpty)
        #expect(theirs.count == 50)
    }

    @Test("A search that is let go leaves its place empty to the next")
    func slots() throws {
        let database = try KeywordDatabase()
        var search: KeywordSearch? = try KeywordSearch(in: database)
        for number in 0..<2_500 as Range<Int64> { try search?.add(IndexedEntry(number: number, text: "old \(number)")) }
        search = nil
        let next = try KeywordSearch(in: database)
        let found = try next.search(SearchQuestion(text: "old", limit: 10))
        #expect(found.isEmpty)
    }

    @Test("What looks like syntax is only words")
    func syntax() throws {
        let search = try KeywordSearch(in: KeywordDatabase())
        try search.add(IndexedEntry(number: 1, text: "robert drop table students"))
        for text in ["\"; DROP TABLE entries; --", "drop AND (", "NEAR(drop", "body:drop*", "^drop - table", "'\"*"] {
            _ = try search.search(SearchQuestion(text: text, limit: 10))
        }
        let found = try search.search(SearchQuestion(text: "\" DROP ) OR (", limit: 10))
        #expect(found.map(\.number) == [1])
    }

    @Test("An entry number that a row number cannot hold is refused")
    func bounds() throws {
        let search = try KeywordSearch(in: KeywordDatabase())
        #expect(throws: MemoryIndexError.self) { try search.add(IndexedEntry(number: 1 << 40, text: "far")) }
        try search.add(IndexedEntry(number: (1 << 40) - 1, text: "far"))
        let found = try search.search(SearchQuestion(text: "far", limit: 1))
        #expect(found.map(\.number) == [(1 << 40) - 1])
    }

    @Test("The latest come first, against a plain list")
    func recency() {
        var random = SeededNumbers(seed: 3)
        print("seed 3")
        let search = RecencySearch()
        var model: [Int64] = []
        for number in 0..<2_000 as Range<Int64> {
            search.add(IndexedEntry(number: number))
            model.append(number)
            if Bool.random(using: &random) {
                let index = Bool.random(using: &random) ? 0 : Int.random(in: 0..<model.count, using: &random)
                search.remove(model.remove(at: index))
            }
        }
        let found = search.search(SearchQuestion(limit: 5_000)).map(\.number)
        #expect(found == model.reversed())
        #expect(search.count == model.count)
    }

    @Test("Fused rankings prefer what stands high in several")
    func fusion() {
        let words = [1, 2, 3].map { SearchHit(number: $0, score: 1) }
        let meaning = [2, 4, 1].map { SearchHit(number: $0, score: 0.5) }
        let merged = RankFusion.merge([(words, 1), (meaning, 1)], limit: 3)
        #expect(merged.map(\.number) == [2, 1, 4])
    }
}
