/// Words that have no place here.
enum Words {
    /// Not in comments, not in code.
    private static let unfinished = ["TODO", "FIXME", "XXX", "HACK"]
    /// Not in code that a person's input can reach.
    private static let traps = [
        "try!", "as!", "fatalError(", "preconditionFailure(", "precondition(", "assertionFailure(", "unowned(unsafe)",
    ]
    private static let names = ["Manager", "Utils", "Utility", "Helper", "Helpers"]

    static func check(_ file: SourceFile, exceptions: [RuleException] = RuleException.all) -> [Violation] {
        var found: [Violation] = []
        for index in file.lines.indices {
            let code = file.code[index]
            let comment = file.comments[index]
            for word in unfinished where contains(word, in: comment) || contains(word, in: code) {
                found.append(file.violation(index + 1, "'\(word)': finish it, or open an issue"))
            }
            guard file.area != "Tests" else { continue }
            if file.area == "Sources", contains("print(", in: code) {
                found.append(file.violation(index + 1, "'print(': stdout belongs to data, messages go to stderr"))
            }
            for word in traps where contains(word, in: code) && !isExcepted(word, file, exceptions) {
                found.append(file.violation(index + 1, "'\(word)': input must never trap"))
            }
            found += vagueNames(code).map { file.violation(index + 1, "name '\($0)' for what it does") }
        }
        return found
    }

    /// Exceptions that no file needs.
    static func stale(_ exceptions: [RuleException], in files: [SourceFile]) -> [Violation] {
        exceptions.filter { exception in
            !files.contains { file in
                file.path == exception.path && file.code.contains { contains(exception.word, in: $0) }
            }
        }.map { Violation(path: $0.path, line: 1, message: "the exception for '\($0.word)' is not needed any more") }
    }

    private static func isExcepted(_ word: String, _ file: SourceFile, _ exceptions: [RuleException]) -> Bool {
        exceptions.contains { $0.path == file.path && $0.word == word }
    }

    private static func vagueNames(_ code: String) -> [Substring] {
        let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
        return zip(words, words.dropFirst()).filter { kinds.contains($0.0) }.map(\.1).filter { name in
            names.contains { name.hasSuffix($0) }
        }
    }

    /// Whether `word` stands in `line` and is neither the end of a longer name nor a function of that name declared.
    private static func contains(_ word: String, in line: String) -> Bool {
        guard line.utf8.count >= word.utf8.count else { return false }
        return line.ranges(of: word).contains { range in
            let before = line[..<range.lowerBound]
            guard let last = before.last else { return true }
            return !last.isLetter && !last.isNumber && last != "_" && last != "." && !before.hasSuffix("func ")
        }
    }
}
