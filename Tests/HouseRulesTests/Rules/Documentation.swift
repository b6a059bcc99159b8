/// Every public declaration says what it gives, unless it only keeps what a protocol has promised.
struct Documentation {
    /// Requirements of the standard library's protocols that we conform to.
    private static let standard: Set<String> = [
        "==", "<", "hash", "description", "debugDescription", "encode", "init", "next", "makeIterator", "rawValue",
        "allCases", "id", "main",
    ]

    /// The names that protocols of ours require.
    private let promised: Set<String>

    init(_ files: [SourceFile]) {
        var promised = Self.standard
        for file in files {
            var isProtocol = false
            for line in file.code {
                let words = Self.words(line)
                if !line.hasPrefix(" "), !words.isEmpty { isProtocol = words.contains("protocol") }
                if isProtocol, let name = Self.declaredName(words) { promised.insert(name) }
            }
        }
        self.promised = promised
    }

    func check(_ file: SourceFile) -> [Violation] {
        guard file.area == "Sources" else { return [] }
        var found: [Violation] = []
        var keepsPromises = false
        for (index, line) in file.code.enumerated() where line.contains("public ") {
            let words = Self.words(line)
            guard words.contains("public"), !words.contains("import"), !words.contains("extension"),
                let name = Self.declaredName(words)
            else { continue }
            keepsPromises = Self.conforms(file, before: index)
            let isMember = line.hasPrefix(" ")
            let isKept = isMember && (name.hasPrefix("build") || keepsPromises && promised.contains(name))
            if !Self.isDocumented(file, index), !isKept {
                found.append(file.violation(index + 1, "public '\(name)' has no documentation"))
            }
        }
        return found
    }

    private static let kinds: Set<Substring> = [
        "func", "var", "let", "init", "subscript", "struct", "class", "enum", "protocol", "actor", "typealias", "case",
        "associatedtype", "macro",
    ]

    private static func words(_ line: String) -> [Substring] {
        line.split { $0 == " " || $0 == "(" || $0 == ":" || $0 == "?" || $0 == "<" || $0 == "{" || $0 == "=" }
            + (line.contains("func ==") ? ["=="] : []) + (line.contains("func < ") ? ["<"] : [])
    }

    private static func declaredName(_ words: [Substring]) -> String? {
        if words.last == "==" || words.last == "<" { return words.last.map(String.init) }
        // `class func` and `class var` are members; nothing here has them.
        guard let kind = words.firstIndex(where: { kinds.contains($0) }) else { return nil }
        if words[kind] == "init" || words[kind] == "subscript" { return String(words[kind]) }
        return kind + 1 < words.count ? String(words[kind + 1]) : nil
    }

    /// Whether a documentation comment stands before the declaration and its attributes.
    private static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        var line = index - 1
        while let start = attribute(endingOn: line, file) { line = start - 1 }
        guard line >= 0 else { return false }
        let text = file.comments[line].drop { $0 == " " }
        return text.hasPrefix("///") || text.hasSuffix("*/")
    }

    /// The line on which an attribute starts that ends on `line`; nil when none does.
    private static func attribute(endingOn line: Int, _ file: SourceFile) -> Int? {
        var start = line
        var open = 0
        while start >= 0 {
            let code = file.code[start]
            open += code.count { $0 == ")" } - code.count { $0 == "(" }
            if open <= 0 { return code.drop { $0 == " " }.hasPrefix("@") ? start : nil }
            start -= 1
        }
        return nil
    }

    /// Whether the type around the line names a protocol, or is an extension, whose type may have named it elsewhere.
    private static func conforms(_ file: SourceFile, before index: Int) -> Bool {
        let indent = file.code[index].prefix { $0 == " " }.count
        for line in file.code[..<index].reversed() {
            let isOuter = line.prefix { $0 == " " }.count < indent && line.hasSuffix("{")
            guard isOuter else { continue }
            return line.contains(":") || line.hasPrefix("{") || line.contains("where") || line.contains("extension ")
        }
        return false
    }
}
