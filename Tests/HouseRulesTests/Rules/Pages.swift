/// Links between pages lead somewhere.
enum Pages {
    static func check(path: String, text: String, exists: (String) -> Bool) -> [Violation] {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        var isCode = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isCode.toggle() }
            return (isCode ? [] : links(in: line)).compactMap { link -> Violation? in
                guard !link.isEmpty, !link.hasPrefix("#"), !link.contains("://"), !link.hasPrefix("mailto:") else {
                    return nil
                }
                let target = link.prefix { $0 != "#" }
                let resolved = folder.isEmpty ? String(target) : "\(folder)/\(target)"
                return exists(resolved) ? nil : Violation(path: path, line: index + 1, message: "no file '\(target)'")
            }
        }
    }

    private static func links(in line: Substring) -> [Substring] {
        var found: [Substring] = []
        var rest = line
        while let start = rest.firstRange(of: "](") {
            rest = rest[start.upperBound...]
            found.append(rest.prefix { $0 != ")" && $0 != " " })
        }
        return found
    }
}
