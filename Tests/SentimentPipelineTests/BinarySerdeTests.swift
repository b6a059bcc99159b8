import StreamCore
import Testing

@testable import SentimentPipeline

struct BinarySerdeTests {
    private let reviews = [
        Review(id: "r-0001", product: "kettle", text: "Boils. 😀 é", at: 1_767_603_600_000),
        Review(id: "", product: "", text: "", at: .min),
        Review(id: "\u{0}", product: "a\nb", text: String(repeating: "x", count: 70_000), at: .max),
    ]
    private let assessments = [
        Assessment(sentiment: .positive, score: 1), Assessment(sentiment: .negative, score: -0.123),
        Assessment(sentiment: .neutral, score: 0),
    ]
    private let totals = [
        Total(), Total(positive: 1, negative: 200, neutral: 3_000_000, count: 3_000_201),
        Total(positive: .max, negative: .max, neutral: .max, count: .max),
    ]

    @Test func `what is written is read again`() throws {
        for review in reviews { #expect(try Serde.review.decode(Serde.review.encode(review)) == review) }
        for assessment in assessments {
            #expect(try Serde.assessment.decode(Serde.assessment.encode(assessment)) == assessment)
        }
        for total in totals { #expect(try Serde.total.decode(Serde.total.encode(total)) == total) }
    }

    @Test func `the bytes are those of format 1`() throws {
        #expect(
            try Serde.review.encode(Review(id: "r", product: "pan", text: "ok", at: -1))?.hex == "0101" + "0172"
                + "0370616e" + "026f6b")
        #expect(try Serde.assessment.encode(Assessment(sentiment: .negative, score: -1))?.hex == "0102bff0000000000000")
        #expect(
            try Serde.total.encode(Total(positive: 1, negative: 2, neutral: 300, count: 303))?.hex == "010102ac02af02")
    }

    @Test func `bytes that are cut off, run on or are of another format are refused`() throws {
        try attack(.review, reviews)
        try attack(.assessment, assessments)
        try attack(.total, totals)
    }

    private func attack<Value: Sendable & Equatable>(_ serde: Serde<Value>, _ values: [Value]) throws {
        #expect(throws: SerdeError.self) { try serde.decode(nil) }
        for value in values {
            let bytes = try #require(try serde.encode(value)).array
            for count in 0..<min(bytes.count, 200) {
                #expect(throws: SerdeError.self) { try serde.decode(Bytes(Array(bytes[..<count]))) }
            }
            #expect(throws: SerdeError.self) { try serde.decode(Bytes(bytes + [0])) }
            let error = #expect(throws: SerdeError.self) { try serde.decode(Bytes([2] + bytes.dropFirst())) }
            #expect(error?.reason.contains("format 2, and this program reads 1") == true)
        }
    }

    @Test func `random bytes are read or refused, and never trap`() {
        let seed = UInt64.random(in: .min ... .max)
        print("BinarySerde seed \(seed)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let bytes = Bytes([1] + (0..<random.below(24)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            if let review = try? Serde.review.decode(bytes) {
                #expect(throws: Never.self) { try Serde.review.encode(review) }
            }
            if let assessment = try? Serde.assessment.decode(bytes) {
                #expect(abs(assessment.score) <= 1, "seed \(seed)")
            }
            if var total = try? Serde.total.decode(bytes) { total.add(.neutral) }
        }
    }

    @Test(arguments: [1.001, -1.001, .nan, .infinity, -.infinity])
    func `a score out of range is neither written nor read`(score: Double) {
        #expect(throws: SerdeError.self) { try Serde.assessment.encode(Assessment(sentiment: .neutral, score: score)) }
        var writer = ByteWriter()
        writer.append(1 as UInt8)
        writer.append(0 as UInt8)
        writer.append(bigEndian: score.bitPattern)
        let bytes = Bytes(writer.bytes)
        #expect(throws: SerdeError.self) { try Serde.assessment.decode(bytes) }
    }

    @Test func `a negative count is not written`() {
        #expect(throws: SerdeError.self) {
            try Serde.total.encode(Total(positive: -1, negative: 0, neutral: 0, count: 0))
        }
    }
}
