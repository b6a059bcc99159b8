import EventLog
import Foundation
import StreamCore
import TestPrograms
import Testing
import Topology

/// The 3,000 labelled sentences of `../shared/data/reviews` through the pipeline as a process and the tool.
@Suite("Labelled sentences", .timeLimit(.minutes(15)))
struct LabelledSentencesTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data/reviews")
    static let pipeline = BuiltProgram("SentimentPipeline")
    static let tool = BuiltProgram("tributary")

    struct Sentence {
        let product: String
        let text: String
        let isPositive: Bool
    }

    static func sentences() -> [Sentence] {
        ["amazon_cells_labelled", "imdb_labelled", "yelp_labelled"].flatMap { name -> [Sentence] in
            let path = folder.appendingPathComponent(name + ".txt").path
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { line in
                guard let tab = line.lastIndex(of: "\t"), let label = Int(line[line.index(after: tab)...]) else {
                    return nil
                }
                return Sentence(product: name, text: String(line[..<tab]), isPositive: label == 1)
            }
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder.path), "needs ../shared/data/reviews"))
    func `totals equal an independent count, one by one and all together`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let sentences = Self.sentences()
            #expect(sentences.count == 3_000)
            try FileManager.default.createDirectory(atPath: place.folder, withIntermediateDirectories: true)
            let file = place.folder + "/reviews.jsonl"
            var lines = Data()
            var counts: [String: Int] = [:]
            for (index, sentence) in sentences.enumerated() {
                let at = 1_700_000_000_000 + index * 1_000
                let line =
                    ["id": "\(index)", "product": sentence.product, "text": sentence.text, "at": at] as [String: Any]
                lines += try JSONSerialization.data(withJSONObject: line) + Data("\n".utf8)
                counts["\(sentence.product)@\(at / 60_000 * 60_000)", default: 0] += 1
            }
            try lines.write(to: URL(fileURLWithPath: file))

            let produced = try Self.tool.start(
                [
                    "topics", "produce", "reviews", "--data-dir", place.folder, "--file", file, "--key-field",
                    "product",
                    "--timestamp-field", "at",
                ], in: place.folder)
            #expect(produced.wait() == 0, "\(produced.errorText)")
            let run = try Self.pipeline.start(["run", "--data-dir", place.folder, "--until-idle"], in: place.folder)
            #expect(run.wait() == 0, "\(run.errorText)")

            let totals = try scan(place)
            #expect(totals.mapValues { $0["count"] ?? 0 } == counts)
            for total in totals.values {
                #expect(
                    total["positive", default: 0] + total["negative", default: 0] + total["neutral", default: 0]
                        == total["count"])
            }
            #expect(try place.read("sentiment-dead-letters").isEmpty)
            report(totals, sentences)
        }
    }

    /// What `stores scan` says, by product and window.
    private func scan(_ place: Workplace) throws -> [String: [String: Int]] {
        let scan = try Self.tool.start(
            ["stores", "scan", "sentiment/totals-per-product", "--data-dir", place.folder, "--output", "jsonl"],
            in: place.folder)
        #expect(scan.wait() == 0, "\(scan.errorText)")
        struct Line: Decodable {
            struct Key: Decodable {
                let key: String
                let start: Int
            }
            let key: Key
            let value: [String: Int]
        }
        return try scan.outputText.split(separator: "\n").reduce(into: [:]) { totals, text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            totals["\(line.key.key)@\(line.key.start)"] = line.value
        }
    }

    /// Prints how often the totals lean as the labels do: per sentence it is in `LexiconAccuracyTests`.
    private func report(_ totals: [String: [String: Int]], _ sentences: [Sentence]) {
        for product in Set(sentences.map(\.product)).sorted() {
            let labelled = sentences.count { $0.product == product && $0.isPositive }
            let found = totals.filter { $0.key.hasPrefix(product) }.values
            let sums = ["positive", "negative", "neutral"].map { mood in found.reduce(0) { $0 + ($1[mood] ?? 0) } }
            print(
                "\(product): labelled \(labelled) positive, \(1_000 - labelled) negative;",
                "judged \(sums[0]) positive, \(sums[1]) negative, \(sums[2]) neutral")
        }
    }
}
