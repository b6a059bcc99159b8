import StreamCore
import Testing

@Suite struct SameTextTests {
    @Test func `texts of equal meaning and other bytes are not the same`() {
        let (one, two) = ("caf\u{e9}", "cafe\u{301}")
        #expect(one == two)
        #expect(!Bytes.areSame(one, two))
    }

    @Test func `a difference at any byte is seen, and none where there is none`() {
        for length in 0..<40 {
            let text = String(repeating: "a", count: length)
            #expect(Bytes.areSame(text, String(repeating: "a", count: length)))
            #expect(!Bytes.areSame(text, text + "a"))
            for place in 0..<length {
                var other = Array(text.utf8)
                other[place] += 1
                #expect(!Bytes.areSame(text, String(decoding: other, as: UTF8.self)))
            }
        }
    }
}
