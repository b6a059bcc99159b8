import Foundation

/// Makes up reviews for load tests: any number of them, the same ones for the same seed.
///
/// Products are named for what they are and numbered (`kettle-003`); the first of them get more reviews than the last. Event
/// time moves on by 50 ms a review on average, and one review in fifty is up to five seconds late. About 45 % of them praise, 30 %
/// complain, 15 % do neither and 10 % both.
struct ReviewGenerator: Sequence, IteratorProtocol, Sendable {
    /// When the first review is written: 2026-01-05 09:00 UTC.
    static let start: Int64 = 1_767_603_600_000

    private let products: [(name: String, noun: String)]
    private var random: SplitMix64
    private var clock = Self.start
    private var made = 0

    /// A generator of reviews of so many products.
    ///
    /// - Throws: ``ReviewGeneratorError`` when there are no products, or more than ten million.
    init(products count: Int, seed: UInt64) throws(ReviewGeneratorError) {
        guard (1...10_000_000).contains(count) else {
            throw ReviewGeneratorError(.invalidNumber, "\(count) products: there must be 1 to 10,000,000")
        }
        let nouns = ReviewFragments.nouns
        products = (0..<count).map { index in
            let noun = nouns[index % nouns.count]
            return ("\(noun)-\(Self.padded(index / nouns.count + 1, to: 3))", noun)
        }
        random = SplitMix64(seed: seed)
    }

    /// The next review; there is always one.
    mutating func next() -> Review? {
        made += 1
        clock += Int64(random.below(101))
        let lateness = random.below(50) == 0 ? Int64(random.below(5_000)) : 0
        // The smaller of two numbers, so that some products are hot and some are cold.
        let product = products[Swift.min(random.below(products.count), random.below(products.count))]
        return Review(
            id: "g-\(Self.padded(made, to: 7))", product: product.name, text: text(about: product.noun),
            at: Swift.max(Self.start, clock - lateness))
    }

    /// Writes `count` reviews to the file at `path`, one JSON object a line, in place of what was there.
    ///
    /// - Throws: ``ReviewGeneratorError`` for numbers that make no sense and a file that cannot be written.
    static func write(count: Int, products: Int, seed: UInt64, to path: String) throws {
        guard count >= 0 else {
            throw ReviewGeneratorError(.invalidNumber, "\(count) reviews: there cannot be fewer than none")
        }
        let generator = try ReviewGenerator(products: products, seed: seed)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw ReviewGeneratorError(
                .unwritable, "'\(path)' cannot be written: does its folder exist, and may you write there?")
        }
        defer { try? file.close() }
        var pending = Data()
        do {
            for review in generator.prefix(count) {
                pending += try encoder.encode(review)
                pending.append(10)
                if pending.count > 1 << 20 {
                    try file.write(contentsOf: pending)
                    pending.removeAll(keepingCapacity: true)
                }
            }
            try file.write(contentsOf: pending)
        } catch {
            throw ReviewGeneratorError(
                .unwritable, "'\(path)' could not be written to its end: \(error.localizedDescription)")
        }
    }

    private mutating func text(about noun: String) -> String {
        var parts: [String] = []
        if random.below(3) == 0 { parts.append(contentsOf: pick(ReviewFragments.facts)) }
        switch random.below(100) {
        case ..<45: for _ in 0...random.below(2) { parts += pick(ReviewFragments.praise) }
        case ..<75: for _ in 0...random.below(2) { parts += pick(ReviewFragments.complaints) }
        case ..<90: parts += pick(ReviewFragments.facts)
        default: parts += pick(ReviewFragments.praise) + pick(ReviewFragments.turns) + pick(ReviewFragments.complaints)
        }
        return parts.joined(separator: " ").split(separator: "%", omittingEmptySubsequences: false).joined(
            separator: noun)
    }

    private mutating func pick(_ fragments: [String]) -> [String] { random.pick(fragments).map { [$0] } ?? [] }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
