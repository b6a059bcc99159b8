import Foundation
import Testing

@testable import SentimentPipeline

struct LexiconScorerTests {
    private let scorer = LexiconScorer()

    private func score(_ text: String) -> Double { scorer.assess(text).score }

    @Test(arguments: [
        "I love this kettle.", "A superb, quiet and reliable machine.", "Not bad at all.", "I can't complain.",
        "It has never failed me.", "No problems so far.", "Couldn't be happier with it!", "I wasn't disappointed.",
        "Well worth the money.", "You won't regret it.", "It works like a charm.", "The pump doesn't leak.",
        "LOVED IT", "sooooo gooooood", "👍", "Arrived today :)", "Came in the rain ❤️", "must-have",
        "Expensive, but brilliant.",
        "Although the box was dented, the lamp is gorgeous.", "10/10", "Five stars.", "Without a doubt my favourite.",
        "Ｅｘｃｅｌｌｅｎｔ！", "I’ve never been happier.", "Not only pretty but useful.",
    ])
    func `praise is positive`(text: String) {
        let assessment = scorer.assess(text)
        #expect(assessment.sentiment == .positive, "\(assessment)")
    }

    @Test(arguments: [
        "I hate this kettle.", "Not good.", "It wasn't very comfortable.", "It isn’t worth the price.", "Doesn't work.",
        "It doesn`t work.", "I would not recommend it to anyone.", "Fell apart within days.",
        "A complete waste of money.",
        "Hardly useful.", "Never again.", "Too heavy for me.", "Great idea, but it broke at once.",
        "It was good; however, the motor is awful.", "Beautiful, yet useless.", "TERRIBLE!!!", "baaaad", "👎",
        "It hums :(", "1/10",
        "Zero stars.", "I want my money back.", "Nothing works.", "Don't buy it.", "The lid won't close properly.",
        "I expected better.", "Not worth it.", "\u{201C}Premium\u{201D}, they said. It's junk.",
        "It stopped working on Monday.",
    ])
    func `complaint is negative`(text: String) {
        let assessment = scorer.assess(text)
        #expect(assessment.sentiment == .negative, "\(assessment)")
    }

    @Test(arguments: [
        "", " ", "\n\n", "...", "It is grey.", "The cable is two metres long.", "I have the blue one.",
        "Bought in May.", "12345", "n/a",
        "Das ist ein Wasserkocher.", "水を沸かす", "مراجعة", "\u{0}\u{1}\u{2}", "----", "'''", "’’’", "!!!???",
        "http://example.org/a:b",
        "I haven't opened it yet.", "x", "🫖",
    ])
    func `what says nothing is neutral`(text: String) {
        #expect(scorer.assess(text) == Assessment(sentiment: .neutral, score: 0))
    }

    @Test(arguments: [
        ("It is very good.", "It is good."), ("It is good.", "It is slightly good."), ("It is good!", "It is good."),
        ("It is good!!!", "It is good!"), ("It is GOOD.", "It is good."), ("It is goooood.", "It is good."),
        ("It is good.", "It is not good."), ("Not terrible.", "Terrible."), ("It is bad.", "It is extremely bad."),
        ("Ugly, but good.", "Good, but ugly."), ("It is good.", "It should be good."), ("Good. Good.", "Good."),
        ("It is good.", "It is good, although ugly."), ("Good, although ugly.", "Although good, ugly."),
        ("Good value.", "Bad value."), ("It is kind of bad.", "It is really bad."),
    ])
    func `the first is better than the second`(better: String, worse: String) {
        #expect(score(better) > score(worse), "\(score(better)) and \(score(worse))")
    }

    @Test func `negation ends with its clause`() {
        #expect(score("Not the grey one, great quality.") > score("Not great quality."))
        #expect(score("It is not blue. It is good.") > 0)
        #expect(score("I do not know who wrote that long and winding manual so good") > 0)
    }

    @Test func `every shape of apostrophe is one`() {
        let texts = [
            "doesn't work", "doesn’t work", "doesn‘t work", "doesn`t work", "doesn´t work", "doesnʼt work",
            "DOESN'T WORK",
        ]
        #expect(Set(texts.map { scorer.assess($0).score }).count == 1)
    }

    @Test func `accents in either form and invisible characters change nothing`() {
        #expect(score("clich\u{e9}d") < 0)
        #expect(score("cliche\u{301}d") < 0)
        #expect(score("go\u{ad}od") == score("good"))
        #expect(score("go\u{200b}od") == score("good"))
        #expect(score("good\u{a0}value") == score("good value"))
        #expect(score("\u{feff}good") == score("good"))
        #expect(score("❤") == score("❤️"))
        #expect(score("👍🏽") == score("👍"))
    }

    @Test func `a smiley is one only where it stands alone`() {
        #expect(score("see http://good") == score("see good"))
        #expect(score("at 5:30") == 0)
        #expect(score("x<3") == 0)
        #expect(score("fine:)") > score("fine"))
    }

    @Test func `a point between digits ends nothing`() {
        #expect(score("not 2.5 good") == score("not 25 good"))
    }

    @Test func `every score is within bounds, finite and of three decimals`() {
        let seed = UInt64.random(in: .min ... .max)
        print("LexiconScorer seed \(seed)")
        var random = SplitMix64(seed: seed)
        let words =
            Lexicon.standardSpellings + [
                "!", "?", ",", ".", "…", "but", "not", "ünïcödé", "👩‍👩‍👧‍👦", "\u{0}", ":", "<", "'", "-", "\n",
            ]
        for _ in 0..<2_000 {
            let text = (0..<random.below(40)).compactMap { _ in random.pick(words) }.joined(
                separator: ["", " "][random.below(2)])
            let assessment = scorer.assess(text)
            #expect(
                abs(assessment.score) <= 1 && assessment.score == (assessment.score * 1000).rounded() / 1000,
                "seed \(seed): \(text)")
            #expect(assessment == scorer.assess(text), "seed \(seed): \(text)")
            let leans = assessment.score >= 0.1 ? Sentiment.positive : assessment.score <= -0.1 ? .negative : .neutral
            #expect(assessment.sentiment == leans)
        }
    }

    @Test func `any scalars do no harm`() {
        let seed = UInt64.random(in: .min ... .max)
        print("LexiconScorer scalars seed \(seed)")
        var random = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<random.below(60) {
                let limit = [0x80, 0x800, 0x1_0000, 0x11_0000][random.below(4)]
                if let scalar = Unicode.Scalar(UInt32(random.below(limit))) { text.unicodeScalars.append(scalar) }
            }
            #expect(abs(scorer.assess(text).score) <= 1, "seed \(seed)")
        }
    }

    @Test(
        .timeLimit(.minutes(15)),
        arguments: [
            "good ", "a", "!", "not ", ". ", "\u{301}", "👍", "'", "-", "é", "but ", ":", "1.", "\u{200d}", "sooo ",
            ">:", "very ",
        ])
    func `a text of one thing over and over is read in no time`(unit: String) {
        // A debug build takes a tenth of a second; anything quadratic would run into the time limit.
        let text = String(repeating: unit, count: 500_000 / unit.utf8.count)
        #expect(abs(scorer.assess(text).score) <= 1)
    }

    @Test(.timeLimit(.minutes(15))) func `five megabytes are read in no time`() {
        let text = String(repeating: "It isn’t very good, but I like it 👍! ", count: 5_000_000 / 40)
        #expect(abs(scorer.assess(text).score) <= 1)
    }
}

extension Lexicon {
    /// The words and phrases of the standard lists, as one would type them.
    fileprivate static var standardSpellings: [String] {
        [praise, complaint, phrases, grammar, signs].joined().flatMap(\.spellings).map { $0.joined(separator: " ") }
    }
}
