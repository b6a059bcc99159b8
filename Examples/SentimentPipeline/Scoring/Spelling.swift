/// Builds a ``WordScanner/Word`` from its bytes.
struct Spelling {
    private var full = WordHash()
    private var short = WordHash()
    private var last: UInt8 = 0
    private var run = 0
    private var capitals = 0
    private var small = 0

    /// Adds a byte of the word; capitals become small.
    mutating func add(_ byte: UInt8) {
        var byte = byte
        if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") {
            capitals += 1
            byte += 32
        } else if byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") {
            small += 1
        }
        if byte == last {
            run += 1
        } else {
            flush()
            last = byte
            run = 1
        }
    }

    /// The word of all bytes so far.
    var word: WordScanner.Word {
        var whole = self
        whole.flush()
        return WordScanner.Word(
            hash: whole.full.value, shortHash: whole.short.value, isShouted: capitals > 1 && small == 0,
            hasLowerCase: small > 0)
    }

    /// Writes the last run: as it is, or cut when a letter was drawn out; numbers and other scripts are never cut.
    private mutating func flush() {
        guard run > 0 else { return }
        let isDrawnOut = run > 2 && last >= UInt8(ascii: "a") && last <= UInt8(ascii: "z")
        for _ in 0..<(isDrawnOut ? 2 : run) { full.add(last) }
        for _ in 0..<(isDrawnOut ? 1 : run) { short.add(last) }
    }
}
