/// A breach of a house rule: where, and what to do.
struct Violation: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// A Swift file, taken apart as far as the rules need it.
struct SourceFile {
    /// Its path from the root of the repository.
    let path: String
    /// Its lines as they are.
    let lines: [String]
    /// Its lines with the contents of strings and comments blanked.
    let code: [String]
    /// Its lines with everything but comments blanked.
    let comments: [String]

    init(path: String, text: String) {
        self.path = path
        var lexer = SourceLexer(text)
        lexer.run()
        lines = Self.split(Array(text.utf8))
        code = Self.split(lexer.code)
        comments = Self.split(lexer.comments)
    }

    private static func split(_ bytes: [UInt8]) -> [String] {
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The target whose folder the file lies in: `EventLog` of `Sources/EventLog/Kafka/…`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.first == "Benchmarks" ? "Benchmarks" : parts.count > 1 ? String(parts[1]) : ""
    }

    /// `Sources`, `Tests`, `Examples` or `Benchmarks`.
    var area: String { path.split(separator: "/").first.map(String.init) ?? "" }

    /// Whether the file lies in one of `places`, which are folders or files.
    func lies(in places: [String]) -> Bool {
        places.contains { path == $0 || path.hasPrefix("\($0)/") }
    }

    func violation(_ line: Int, _ message: String) -> Violation { Violation(path: path, line: line, message: message) }

    /// The modules it imports, with the lines that do.
    var imports: [(line: Int, module: String)] {
        code.enumerated().compactMap { index, line in
            guard line.contains("import ") else { return nil }
            var words = line.split(separator: " ")[...]
            let modifiers: Set<Substring> = ["public", "package", "internal", "private", "fileprivate"]
            while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words = words.dropFirst() }
            guard words.popFirst() == "import", var module = words.popFirst() else { return nil }
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            if kinds.contains(module), let next = words.first { module = next }
            return (index + 1, String(module.prefix { $0 != "." }))
        }
    }
}

/// Tells code, comments and strings apart.
struct SourceLexer {
    private enum Mode {
        case code(parentheses: Int)
        case string(isMultiline: Bool, hashes: Int)
    }

    private let text: [UInt8]
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private var modes: [Mode] = [.code(parentheses: 0)]
    private var index = 0

    init(_ text: String) {
        self.text = Array(text.utf8)
        code = self.text.map { $0 == 0x0a ? 0x0a : 0x20 }
        comments = code
    }

    mutating func run() {
        while index < text.count {
            switch modes.last {
            case .string(let isMultiline, let hashes): inString(isMultiline: isMultiline, hashes: hashes)
            case .code(let parentheses): inCode(parentheses)
            case nil: return
            }
        }
    }

    private func starts(_ token: StaticString, at position: Int) -> Bool {
        var position = position
        for byte in token.description.utf8 {
            guard position < text.count, text[position] == byte else { return false }
            position += 1
        }
        return true
    }

    private mutating func inCode(_ parentheses: Int) {
        let byte = text[index]
        if byte == UInt8(ascii: "/"), starts("//", at: index) {
            while index < text.count, text[index] != 0x0a { keepComment() }
        } else if byte == UInt8(ascii: "/"), starts("/*", at: index) {
            blockComment()
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), openString() {
            return
        } else {
            if byte == UInt8(ascii: "(") { modes[modes.count - 1] = .code(parentheses: parentheses + 1) }
            if byte == UInt8(ascii: ")") {
                if parentheses == 0, modes.count > 1 {
                    // The end of an interpolation.
                    modes.removeLast()
                    index += 1
                    return
                }
                modes[modes.count - 1] = .code(parentheses: max(0, parentheses - 1))
            }
            code[index] = byte
            index += 1
        }
    }

    private mutating func keepComment() {
        comments[index] = text[index]
        index += 1
    }

    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts("/*", at: index) {
                depth += 1
                keepComment()
            } else if starts("*/", at: index) {
                depth -= 1
                keepComment()
            }
            keepComment()
        } while depth > 0 && index < text.count
    }

    private mutating func openString() -> Bool {
        var end = index
        while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
        guard end < text.count, text[end] == UInt8(ascii: "\"") else { return false }
        let isMultiline = starts("\"\"\"", at: end)
        modes.append(.string(isMultiline: isMultiline, hashes: end - index))
        code[end] = UInt8(ascii: "\"")
        index = end + (isMultiline ? 3 : 1)
        return true
    }

    private func hashes(_ count: Int, at position: Int) -> Bool {
        position + count <= text.count && text[position..<(position + count)].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func inString(isMultiline: Bool, hashes count: Int) {
        let byte = text[index]
        let closing = isMultiline ? 3 : 1
        if byte == UInt8(ascii: "\\"), hashes(count, at: index + 1) {
            let escaped = index + 1 + count
            index = min(escaped + 1, text.count)
            if escaped < text.count, text[escaped] == UInt8(ascii: "(") { modes.append(.code(parentheses: 0)) }
        } else if isMultiline ? starts("\"\"\"", at: index) : byte == UInt8(ascii: "\""),
            hashes(count, at: index + closing)
        {
            code[index] = UInt8(ascii: "\"")
            index += closing + count
            modes.removeLast()
        } else if byte == 0x0a, !isMultiline {
            // Not a string after all: a quote in a regular expression.
            modes.removeLast()
        } else {
            index += 1
        }
    }
}
