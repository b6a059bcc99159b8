/// What a shell completes: the words that may stand where the last of `words` begins, from the same table as the parser's.
struct Completion {
    let root: Command

    /// The shells that there are scripts for.
    static let shells = ["bash", "zsh", "fish"]
    /// The word by which the scripts ask.
    static let question = "__complete"

    /// What may stand for the last of `words`, which may be empty, behind the others; with what it is, half a line.
    func candidates(_ words: [String]) -> [(word: String, summary: String)] {
        var path = [root]
        var waiting: ParameterSpecification?
        var positions = 0
        for word in words.dropLast() {
            if waiting != nil {
                waiting = nil
            } else if word == "--" {
                return []
            } else if word.hasPrefix("-") {
                waiting = word.contains("=") ? nil : option(word, path).flatMap { $0.role == .flag ? nil : $0 }
            } else if let next = path.last?.subcommands.first(where: { $0.name == word || $0.aliases.contains(word) }) {
                path.append(next)
            } else {
                positions += 1
            }
        }
        let start = words.last ?? ""
        let found: [(word: String, summary: String)]
        if let waiting {
            found = waiting.choices.map { ($0, waiting.help) }
        } else if start.hasPrefix("-") {
            found = path.flatMap(\.options).map { ("--\($0.name)", $0.help) } + [("--help", "help")]
        } else if let command = path.last, !command.subcommands.isEmpty {
            found = command.subcommands.map { ($0.name, $0.summary) }
        } else {
            let arguments = path.last?.arguments ?? []
            let argument = positions < arguments.count ? arguments[positions] : arguments.last
            found = (argument?.choices ?? []).map { ($0, argument?.help ?? "") }
        }
        return found.filter { $0.word.hasPrefix(start) }
    }

    private func option(_ word: String, _ path: [Command]) -> ParameterSpecification? {
        path.flatMap(\.options).first { $0.spellings.contains(word) }
    }

    /// The script for `shell` that asks the program called `name`; nil for an unknown shell.
    static func script(for shell: String, name: String) -> String? {
        let function = "_" + String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
        switch shell {
        case "bash":
            return """
                \(function)() {
                    local IFS=$'\\n'
                    COMPREPLY=($("${COMP_WORDS[0]}" \(question) "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
                }
                complete -o default -F \(function) \(name)

                """
        case "zsh":
            return """
                #compdef \(name)
                \(function)() {
                    local -a found
                    found=(${(f)"$("${words[1]}" \(question) "${(@)words[2,CURRENT]}" 2>/dev/null | sed 's/:/\\\\:/g; s/\\t/:/')"})
                    if (( ${#found} )); then _describe \(name) found; else _files; fi
                }
                compdef \(function) \(name)

                """
        case "fish":
            return """
                function __\(function)
                    set -l words (commandline -opc) (commandline -ct)
                    $words[1] \(question) $words[2..-1] 2>/dev/null
                end
                complete -c \(name) -a '(__\(function))'

                """
        default: return nil
        }
    }
}
