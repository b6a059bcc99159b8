/// What one byte of UTF-8 does in a text.
enum ByteClass: UInt8, Sendable {
    /// Separates words and nothing more.
    case separator
    case letter
    case digit
    case apostrophe
    case hyphen
    /// Ends a clause.
    case pause
    /// Ends a sentence.
    case stop
    /// May begin an emoticon; else as the class in parentheses: `:` `;` (pause), `=` `<` `>` (separator).
    case face
    /// Begins a character of several bytes.
    case wide

    /// The class of every byte.
    static let table: [ByteClass] = (0...255).map { of(UInt8($0)) }

    private static func of(_ byte: UInt8) -> ByteClass {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "'"), UInt8(ascii: "`"): .apostrophe
        case UInt8(ascii: "-"): .hyphen
        case UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: ")"): .pause
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"), 10, 13: .stop
        case UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"): .face
        case 0x80...: .wide
        default: .separator
        }
    }
}
