import Testing

@testable import SentimentPipeline

struct LexiconTests {
    @Test func `no word stands in the lists twice`() {
        #expect(Lexicon.standard.repeated == [])
        #expect(Lexicon.standard.count > 4_000)
    }

    @Test func `a word that does stand twice keeps its first meaning and is named`() {
        let lexicon = Lexicon([WeightedWords(1, "good not-good"), WeightedWords(-1, "good")])
        #expect(lexicon.repeated == ["good"])
        #expect(lexicon[WordHash("good").value]?.weight == 1)
    }

    @Test func `a word knows how long the phrases are that it begins`() {
        let lexicon = Lexicon([WeightedWords(1, "piece-of-cake piece-of-very-good-work"), WeightedWords(-1, "piece")])
        #expect(lexicon[WordHash("piece").value]?.longestPhrase == 5)
        #expect(lexicon[WordHash("piece").value]?.weight == -1)
        #expect(lexicon[WordHash("cake").value] == nil)
    }

    @Test func `praise weighs more than nothing and complaint less`() {
        for list in Lexicon.praise + Lexicon.complaint.map({ WeightedWords(-$0.weight, as: $0.role, $0.words) }) {
            #expect(list.weight > 0)
            #expect(list.role == .sentiment)
        }
    }

    @Test func `the lists are lower case and every sign is one the scanner finds`() throws {
        for list in [Lexicon.praise, Lexicon.complaint, Lexicon.phrases, Lexicon.grammar].joined() {
            #expect(list.words == list.words.lowercased())
        }
        for sign in Lexicon.signs.flatMap(\.spellings).joined() {
            var scanner = WordScanner("so \(sign) !")
            _ = scanner.next()
            guard case .word(let word) = scanner.next() else {
                Issue.record("'\(sign)' is not found")
                continue
            }
            #expect(Lexicon.standard[word.hash]?.role == .sign, "\(sign)")
        }
    }
}
