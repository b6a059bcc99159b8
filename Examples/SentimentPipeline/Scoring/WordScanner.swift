/// Cuts a text into words, signs and the marks between them, in one pass over its UTF-8 bytes.
///
/// Letters are compared without case, apostrophes of every shape are one, a hyphen between letters separates words without a
/// pause, and a letter written three times or more ("soooo") is also tried written once.
struct WordScanner {
    /// One step through a text.
    enum Piece {
        case word(Word)
        /// The end of a clause.
        case pause
        /// The end of a sentence, and with which marks.
        case stop(exclamations: Int, isQuestion: Bool)
    }

    /// A word or sign, known by its hash.
    struct Word {
        /// The hash of its lower-case bytes, runs of three and more equal letters cut to two.
        var hash: UInt64
        /// The same with such runs cut to one; equal to ``hash`` when there are none.
        var shortHash: UInt64
        /// Whether it has two letters or more, all of them capitals.
        var isShouted = false
        /// Whether it is a run of lower-case letters or has one.
        var hasLowerCase = false

        /// Whether a letter was drawn out.
        var isDrawnOut: Bool { hash != shortHash }
    }

    private let bytes: [UInt8]
    private let classes = ByteClass.table
    private var position = 0

    /// A scanner at the start of `text`.
    init(_ text: String) { bytes = Array(text.utf8) }

    /// The next piece, or nil at the end.
    mutating func next() -> Piece? {
        while position < bytes.count {
            switch classes[Int(bytes[position])] {
            case .letter, .digit: return .word(word())
            case .stop: return stop()
            case .pause:
                position += 1
                return .pause
            case .hyphen:
                position += 1
                if isDash(endingAt: position) { return .pause }
            case .face:
                if let piece = face() { return piece }
            case .separator, .apostrophe: position += 1
            case .wide:
                if let piece = wide() { return piece }
            }
        }
        return nil
    }

    /// Whether the hyphen just before `end` stands between spaces or hyphens, and so is a dash.
    private func isDash(endingAt end: Int) -> Bool {
        let before = end >= 2 ? bytes[end - 2] : 32
        let after = end < bytes.count ? bytes[end] : 32
        return (before == 32 || before == 45) && (after == 32 || after == 45)
    }

    private mutating func wide() -> Piece? {
        let character = WideCharacter(bytes, at: position)
        switch character.role {
        case .letter, .ascii(97...122), .ascii(65...90), .ascii(48...57): return .word(word())
        case .emoji:
            var hash = WordHash()
            for index in position..<(position + character.length) { hash.add(bytes[index]) }
            position += character.length
            return .word(Word(hash: hash.value, shortHash: hash.value))
        case .ascii(let byte):
            switch classes[Int(byte)] {
            case .stop: return stop()
            case .pause, .face:
                position += character.length
                return .pause
            default: position += character.length
            }
        case .ignorable, .separator: position += character.length
        }
        return nil
    }

    /// A run of marks that end a sentence; a point between digits ends nothing.
    private mutating func stop() -> Piece? {
        var exclamations = 0
        var isQuestion = false
        let start = position
        scan: while position < bytes.count {
            var byte = bytes[position]
            var length = 1
            if byte >= 0x80 {
                let character = WideCharacter(bytes, at: position)
                guard case .ascii(let plain) = character.role else { break }
                byte = plain
                length = character.length
            }
            switch byte {
            case UInt8(ascii: "!"): exclamations += 1
            case UInt8(ascii: "?"): isQuestion = true
            case UInt8(ascii: "."), 10, 13, 32: break
            default: break scan
            }
            position += length
        }
        if isDecimalPoint(at: start) { return next() }
        return .stop(exclamations: exclamations, isQuestion: isQuestion)
    }

    private func isDecimalPoint(at index: Int) -> Bool {
        guard index > 0, position == index + 1, position < bytes.count, bytes[index] == UInt8(ascii: ".") else {
            return false
        }
        return classes[Int(bytes[index - 1])] == .digit && classes[Int(bytes[position])] == .digit
    }

    private mutating func word() -> Word {
        var spelling = Spelling()
        scan: while position < bytes.count {
            let byte = bytes[position]
            switch classes[Int(byte)] {
            case .letter, .digit:
                spelling.add(byte)
                position += 1
            case .apostrophe:
                guard isLetter(at: position + 1) else { break scan }
                spelling.add(UInt8(ascii: "'"))
                position += 1
            case .wide:
                let character = WideCharacter(bytes, at: position)
                switch character.role {
                case .letter:
                    for index in position..<(position + character.length) { spelling.add(bytes[index]) }
                case .ascii(UInt8(ascii: "'")):
                    guard isLetter(at: position + character.length) else { break scan }
                    spelling.add(UInt8(ascii: "'"))
                case .ascii(let plain) where classes[Int(plain)] == .letter || classes[Int(plain)] == .digit:
                    spelling.add(plain)
                case .ignorable: break
                case .ascii, .emoji, .separator: break scan
                }
                position += character.length
            case .separator, .hyphen, .pause, .stop, .face: break scan
            }
        }
        return spelling.word
    }

    private func isLetter(at index: Int) -> Bool {
        index < bytes.count && classes[Int(bytes[index])] == .letter
    }

    /// An emoticon, or what its first byte means by itself.
    private mutating func face() -> Piece? {
        let first = bytes[position]
        if let length = Emoticon.length(bytes, at: position) {
            var hash = WordHash()
            for index in position..<(position + length) { hash.add(bytes[index]) }
            position += length
            return .word(Word(hash: hash.value, shortHash: hash.value))
        }
        position += 1
        return first == UInt8(ascii: ":") || first == UInt8(ascii: ";") ? .pause : nil
    }
}
