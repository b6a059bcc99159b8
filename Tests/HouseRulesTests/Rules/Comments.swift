/// No file headers, no code in comments.
enum Comments {
    static func check(_ file: SourceFile) -> [Violation] {
        var found: [Violation] = []
        if let first = file.lines.first, isHeader(first) {
            found.append(file.violation(1, "no file headers: the licence is in LICENSE, the history in git"))
        }
        for (index, comment) in file.comments.enumerated() {
            let text = comment.drop { $0 == " " }
            guard text.hasPrefix("//"), !text.hasPrefix("///") else { continue }
            if looksLikeCode(text.dropFirst(2).drop { $0 == " " }) {
                found.append(file.violation(index + 1, "code in a comment: delete it, git remembers"))
            }
        }
        return found
    }

    private static func isHeader(_ line: String) -> Bool {
        guard line.hasPrefix("//"), !line.hasPrefix("///") else { return false }
        return line == "//" || ["Copyright", "Created by", "SPDX", "===", "---"].contains { line.contains($0) }
    }

    private static func looksLikeCode(_ text: Substring) -> Bool {
        let starts = ["let ", "var ", "func ", "import ", "public ", "private ", "guard ", "#expect("]
        let isDeclaration = starts.contains { text.hasPrefix($0) } && (text.contains("=") || text.contains("("))
        return isDeclaration || text.hasSuffix(" {") || text == "}"
    }
}
