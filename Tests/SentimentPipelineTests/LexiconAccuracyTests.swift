import Foundation
import Testing

@testable import SentimentPipeline

/// How often the lexicon is right on sentences that people have labelled.
///
/// Of each file every other sentence, from the first, was looked at while the lexicon was written; only the rest is evidence.
@Suite(.enabled(if: Workplace.hasLabelledReviews, "the labelled reviews are not here"))
struct LexiconAccuracyTests {
    private struct Labelled {
        let text: String
        let isPositive: Bool
    }

    private struct Score {
        var count = 0
        var right = 0
        var neutral = 0
        /// The share that is right when "neutral" counts as wrong.
        var strict: Double { Double(right) / Double(max(count, 1)) }
        /// The share that is right of those that are not called neutral.
        var decided: Double { Double(right) / Double(max(count - neutral, 1)) }
    }

    private static let files = ["amazon_cells_labelled.txt", "imdb_labelled.txt", "yelp_labelled.txt"]

    private func read(_ file: String) throws -> [Labelled] {
        let text = try String(contentsOf: Workplace.labelledReviews.appendingPathComponent(file), encoding: .utf8)
        return text.unicodeScalars.split(separator: "\n").compactMap { line in
            guard let tab = line.lastIndex(of: "\t"), let label = Int(String(line[line.index(after: tab)...])) else {
                return nil
            }
            return Labelled(text: String(line[..<tab]), isPositive: label == 1)
        }
    }

    private func score(_ sentences: some Sequence<Labelled>) -> Score {
        let scorer = LexiconScorer()
        return sentences.reduce(into: Score()) { score, sentence in
            score.count += 1
            switch scorer.assess(sentence.text).sentiment {
            case .neutral: score.neutral += 1
            case .positive: score.right += sentence.isPositive ? 1 : 0
            case .negative: score.right += sentence.isPositive ? 0 : 1
            }
        }
    }

    @Test func `on sentences that it was not written for the lexicon is right`() throws {
        var unseen: [Labelled] = []
        var seen: [Labelled] = []
        for file in Self.files {
            let sentences = try read(file)
            try #require(sentences.count == 1000)
            let half = sentences.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            report(file, score(half))
            unseen += half
            seen += sentences.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
        let result = score(unseen)
        report("all that it was not written for", result)
        report("all that it was written looking at", score(seen))
        #expect(result.strict >= 0.78)
        #expect(result.decided >= 0.88)
    }

    private func report(_ name: String, _ score: Score) {
        let strict = (score.strict * 1000).rounded() / 10
        let decided = (score.decided * 1000).rounded() / 10
        print(
            "Lexicon accuracy, \(name): \(strict) % with neutral wrong, \(decided) % of those decided,", terminator: " "
        )
        print("\(score.neutral) of \(score.count) neutral")
    }
}
