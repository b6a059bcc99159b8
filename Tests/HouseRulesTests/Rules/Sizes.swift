/// How long files and functions may be.
enum Sizes {
    static let functionLimit = 60

    static func fileLimit(of file: SourceFile) -> Int { file.area == "Tests" ? 600 : 400 }

    static func check(_ file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        let limit = fileLimit(of: file)
        if file.lines.count > limit {
            found.append(file.violation(limit + 1, "\(file.lines.count) lines: split it, the limit is \(limit)"))
        }
        for function in functions(in: file) where function.length > functionLimit {
            found.append(
                file.violation(function.line, "a function of \(function.length) lines, the limit is \(functionLimit)"))
        }
        return found
    }

    /// The functions, initialisers and subscripts with a body: where they start, and how many lines they take.
    static func functions(in file: SourceFile) -> [(line: Int, length: Int)] {
        file.code.indices.compactMap { start in
            let words = file.code[start].split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
            guard words.contains(where: { $0 == "func" || $0 == "init" || $0 == "deinit" || $0 == "subscript" }) else {
                return nil
            }
            return end(of: start, in: file.code).map { (start + 1, $0 - start + 1) }
        }
    }

    /// The line on which the body that starts at or after `start` ends; nil when there is no body.
    private static func end(of start: Int, in code: [String]) -> Int? {
        var braces = 0
        var brackets = 0
        for index in start..<code.count {
            for byte in code[index].utf8 {
                switch byte {
                case UInt8(ascii: "("), UInt8(ascii: "["): brackets += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"): brackets -= 1
                case UInt8(ascii: "{"): braces += 1
                case UInt8(ascii: "}"):
                    braces -= 1
                    if braces == 0, brackets <= 0 { return index }
                    if braces < 0 { return nil }
                default: break
                }
            }
            if braces == 0, brackets <= 0, !continues(after: index, in: code) { return nil }
        }
        return nil
    }

    /// Whether a declaration without a body so far goes on in the next line.
    private static func continues(after index: Int, in code: [String]) -> Bool {
        guard index + 1 < code.count else { return false }
        let next = code[index + 1].drop { $0 == " " }
        return ["{", "where ", "->", "throws", "async", "rethrows", ")", "_ "].contains { next.hasPrefix($0) }
            || code[index].hasSuffix(",") || code[index].hasSuffix("(")
    }
}
