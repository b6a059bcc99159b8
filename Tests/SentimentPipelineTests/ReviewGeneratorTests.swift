import Foundation
import StreamCore
import Testing

@testable import SentimentPipeline

struct SplitMix64Tests {
    @Test func `the sequence is that of the published algorithm`() {
        var random = SplitMix64(seed: 1_234_567)
        let numbers = (0..<5).map { _ in random.next() }
        #expect(
            numbers == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
    }

    @Test func `numbers below a limit cover it evenly, and no limit gives 0`() {
        var random = SplitMix64(seed: 1)
        var counts = Array(repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[random.below(7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
        #expect(random.below(0) == 0)
        #expect(random.below(-3) == 0)
        #expect(random.pick([Int]()) == nil)
    }
}

struct ReviewGeneratorTests {
    @Test func `one seed makes one file, another seed another`() throws {
        try Workplace.withTemporaryFolder { folder in
            func file(_ name: String, seed: UInt64) throws -> Data {
                let path = folder.appendingPathComponent(name)
                try ReviewGenerator.write(count: 3_000, products: 200, seed: seed, to: path.path)
                return try Data(contentsOf: path)
            }
            let first = try file("a", seed: 7)
            #expect(try file("b", seed: 7) == first)
            #expect(try file("c", seed: 8) != first)
        }
    }

    @Test func `every line is a review, in number, names and times as promised`() throws {
        try Workplace.withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("reviews.jsonl").path
            try ReviewGenerator.write(count: 20_000, products: 200, seed: 1, to: path)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let serde = Serde<Review>.json()
            let reviews = try lines.map { try serde.decode(Bytes(String($0))) }
            #expect(reviews.count == 20_000)
            #expect(Set(reviews.map(\.id)).count == 20_000)
            #expect((190...200).contains(Set(reviews.map(\.product)).count))
            #expect(reviews.allSatisfy { $0.at >= ReviewGenerator.start && !$0.text.isEmpty && !$0.text.contains("%") })
            let late = zip(reviews, reviews.dropFirst()).filter { $1.at < $0.at }.count
            #expect((200...600).contains(late))
        }
    }

    @Test func `the scorer finds every sentiment among them`() throws {
        let scorer = LexiconScorer()
        var total = Total()
        for review in try ReviewGenerator(products: 20, seed: 3).prefix(10_000) {
            total.add(scorer.assess(review.text))
        }
        #expect((4_000...5_500).contains(total.positive), "\(total)")
        #expect((2_800...4_500).contains(total.negative), "\(total)")
        #expect((1_000...2_500).contains(total.neutral), "\(total)")
    }

    @Test func `no reviews make an empty file in place of what was there`() throws {
        try Workplace.withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("reviews.jsonl")
            try Data("old".utf8).write(to: path)
            try ReviewGenerator.write(count: 0, products: 1, seed: 1, to: path.path)
            #expect(try Data(contentsOf: path).isEmpty)
        }
    }

    @Test(arguments: [(-1, 1), (1, 0), (1, -5), (1, Int.max)])
    func `numbers that make no sense are refused`(count: Int, products: Int) throws {
        try Workplace.withTemporaryFolder { folder in
            let path = folder.appendingPathComponent("reviews.jsonl").path
            let error = #expect(throws: ReviewGeneratorError.self) {
                try ReviewGenerator.write(count: count, products: products, seed: 1, to: path)
            }
            #expect(error?.code == .invalidNumber)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a file that cannot be written is refused by name`() {
        let error = #expect(throws: ReviewGeneratorError.self) {
            try ReviewGenerator.write(count: 1, products: 1, seed: 1, to: "/nowhere/at/all.jsonl")
        }
        #expect(error?.code == .unwritable)
        #expect(error?.message.contains("'/nowhere/at/all.jsonl'") == true)
    }
}
