/// The faces people type.
enum Emoticon {
    private static let spellings: [[UInt8]] = [
        ">:(", ":'(", ":')", ":-)", ":-(", ":-D", ":-P", ":-/", ":-|", ";-)", "</3", ":)", ":(", ":]", ":[", ":D", ":P",
        ":p", ":/",
        ":|", ";)", "=)", "=(", "=D", "<3",
    ].map { Array($0.utf8) }

    /// How many bytes the emoticon at `position` takes, or nil when there is none.
    ///
    /// One that ends in a letter, digit or stroke must not touch the word before it: `http://`, `5:30`, `x<3`.
    static func length(_ bytes: [UInt8], at position: Int) -> Int? {
        let touchesWord = position > 0 && ByteClass.table[Int(bytes[position - 1])].isWordLike
        for spelling in spellings where matches(spelling, bytes, at: position) {
            let last = spelling[spelling.count - 1]
            let isBracket = last == UInt8(ascii: ")") || last == UInt8(ascii: "(")
            let end = position + spelling.count
            let runsOn = end < bytes.count && ByteClass.table[Int(bytes[end])].isWordLike
            if isBracket || !(touchesWord || runsOn) { return spelling.count }
        }
        return nil
    }

    private static func matches(_ spelling: [UInt8], _ bytes: [UInt8], at position: Int) -> Bool {
        guard position + spelling.count <= bytes.count else { return false }
        for index in 0..<spelling.count where bytes[position + index] != spelling[index] { return false }
        return true
    }
}

extension ByteClass {
    /// Whether the byte is a letter or a digit.
    fileprivate var isWordLike: Bool { self == .letter || self == .digit }
}
