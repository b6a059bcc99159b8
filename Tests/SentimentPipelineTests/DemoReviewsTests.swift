import Foundation
import StreamCore
import Testing

@testable import SentimentPipeline

/// The reviews that come with the example are what its README says.
struct DemoReviewsTests {
    private let lines: [String]

    init() throws {
        let file = Workplace.root.appendingPathComponent("Examples/SentimentPipeline/Reviews/reviews.jsonl")
        lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func review(_ line: String) -> Review? { try? Serde<Review>.json().decode(Bytes(line)) }

    @Test func `every line is JSON with a product and a time, and exactly the known ones are no reviews`() throws {
        #expect(lines.count == 404)
        var unusable: [Int] = []
        for (index, line) in lines.enumerated() {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object["product"] is String)
            #expect(object["at"] is NSNumber)
            if review(line) == nil { unusable.append(index + 1) }
        }
        #expect(unusable == [57, 120, 203, 288, 361])
    }

    @Test func `identifiers and texts are unique, and twelve products share them`() {
        let reviews = lines.compactMap(review)
        #expect(Set(reviews.map(\.id)).count == reviews.count)
        #expect(Set(reviews.map(\.text)).count == reviews.count - 1)
        #expect(reviews.filter { $0.text.isEmpty }.count == 2)
        let counts = Dictionary(grouping: reviews, by: \.product).mapValues(\.count)
        #expect(counts.count == 12)
        #expect(counts.values.allSatisfy { $0 > 30 })
    }

    @Test func `they span twenty minutes, mostly in order, and five come after their window has closed`() throws {
        let start: Int64 = 1_767_603_600_000
        var latest: Int64 = 0
        var outOfOrder = 0
        var late = 0
        for at in lines.compactMap(review).map(\.at) {
            #expect((start..<(start + 20 * 60_000)).contains(at))
            if at < latest { outOfOrder += 1 }
            // One-minute windows with ten seconds of grace.
            if at / 60_000 * 60_000 + 70_000 <= latest { late += 1 }
            latest = max(latest, at)
        }
        #expect(outOfOrder == 38)
        #expect(late == 5)
        #expect(latest > start + 19 * 60_000)
    }

    @Test func `the lexicon finds all sentiments among them`() {
        let scorer = LexiconScorer()
        var total = Total()
        for review in lines.compactMap(review) { total.add(scorer.assess(review.text)) }
        print("Demo reviews: \(total)")
        #expect(total.positive > 130)
        #expect(total.negative > 120)
        #expect(total.neutral > 50)
    }
}
