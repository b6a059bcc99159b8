/// Finds the command that a command line names, and the values of its parameters.
struct CommandLineParser {
    /// What a command line asks for.
    enum Outcome {
        case help([Command])
        case version
        case run(path: [Command], written: [String: [String]], action: @Sendable (Invocation) async throws -> Void)
    }

    let root: Command
    let environment: [String: String]
    private var path: [Command]
    private var written: [String: [String]] = [:]
    private var words: [String] = []
    private var rest: ArraySlice<String> = []
    private var wantsHelp = false
    private var wantsVersion = false

    init(root: Command, environment: [String: String]) {
        self.root = root
        self.environment = environment
        path = [root]
    }

    private var current: Command { path.last ?? root }
    private var shownPath: String { path.map(\.name).joined(separator: " ") }

    /// Understands `arguments`.
    mutating func parse(_ arguments: [String]) throws(CommandError) -> Outcome {
        rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" {
                words += rest
                break
            }
            if word.hasPrefix("--") {
                try longOption(word)
            } else if word.hasPrefix("-"), word.count > 1, !isNumber(word) {
                try shortOptions(word)
            } else if !current.subcommands.isEmpty {
                try descend(word)
            } else {
                words.append(word)
            }
        }
        if wantsHelp { return .help(path) }
        if wantsVersion { return .version }
        return try finish()
    }

    /// A negative number is a word, not an option, unless a command has a digit as an option's letter.
    private func isNumber(_ word: String) -> Bool { Double(word) != nil }

    private mutating func descend(_ word: String) throws(CommandError) {
        if word == "help", path.count == 1 {
            wantsHelp = true
            return
        }
        guard let next = current.subcommands.first(where: { $0.name == word || $0.aliases.contains(word) }) else {
            let known = current.subcommands.flatMap { [$0.name] + $0.aliases }
            throw .usage(
                "'\(shownPath)' has no command '\(word)'",
                hint: Suggestions.hint(for: word, among: known) ?? "see '\(shownPath) --help'")
        }
        path.append(next)
    }

    private mutating func longOption(_ word: String) throws(CommandError) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let value = parts.count == 2 ? String(parts[1]) : nil
        if name == "help" {
            wantsHelp = true
        } else if name == "version", path.count == 1 {
            wantsVersion = true
        } else if let option = find({ $0.name == name || $0.aliases.contains(name) }) {
            try take(option, as: "--\(name)", attached: value)
        } else {
            throw unknownOption("--\(name)")
        }
    }

    private mutating func shortOptions(_ word: String) throws(CommandError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            if letter == "h" {
                wantsHelp = true
                continue
            }
            guard let option = find({ $0.letter == letter }) else { throw unknownOption("-\(letter)") }
            guard option.role == .flag else {
                // -ojson and -o=json are -o json.
                let attached = letters.first == "=" ? letters.dropFirst() : letters
                try take(option, as: "-\(letter)", attached: letters.isEmpty ? nil : String(attached))
                return
            }
            try take(option, as: "-\(letter)", attached: nil)
        }
    }

    private func find(_ matches: (ParameterSpecification) -> Bool) -> ParameterSpecification? {
        for command in path.reversed() {
            if let option = command.options.first(where: matches) { return option }
        }
        return nil
    }

    private func unknownOption(_ spelling: String) -> CommandError {
        let known = path.flatMap(\.options).flatMap(\.spellings) + ["--help"]
        let below = current.subcommands.first { command in
            command.options.contains { $0.spellings.contains(spelling) }
        }
        let hint =
            Suggestions.hint(for: spelling, among: known)
            ?? below.map { "it is an option of '\(shownPath) \($0.name)': write it after '\($0.name)'" }
        return .usage("'\(shownPath)' has no option '\(spelling)'", hint: hint ?? "see '\(shownPath) --help'")
    }

    private mutating func take(
        _ option: ParameterSpecification, as spelling: String, attached: String?
    ) throws(CommandError) {
        if option.role == .flag {
            written[option.name, default: []].append(attached ?? "true")
            return
        }
        if let attached {
            written[option.name, default: []].append(attached)
            return
        }
        guard let value = rest.popFirst(), !isOption(value) else {
            throw .usage(
                "option '\(spelling)' needs a value: \(spelling) \(option.placeholder)",
                hint: "a value that starts with dashes is written \(option.shown)=VALUE")
        }
        written[option.name, default: []].append(value)
    }

    /// Whether `word` is an option that this command knows: then it is not the value of the option before it.
    private func isOption(_ word: String) -> Bool {
        guard word.hasPrefix("--") else { return false }
        let name = word.dropFirst(2).prefix { $0 != "=" }
        return name.isEmpty || name == "help" || find { $0.name == name || $0.aliases.contains(String(name)) } != nil
    }
}

extension CommandLineParser {
    private mutating func finish() throws(CommandError) -> Outcome {
        guard case .action(let arguments, let action) = current.content else {
            let names = current.subcommands.map(\.name).joined(separator: ", ")
            throw .usage("'\(shownPath)' needs a command: \(names)", hint: "see '\(shownPath) --help'")
        }
        try assign(words, to: arguments)
        for specification in path.flatMap(\.options) + arguments {
            let texts = Self.texts(of: specification, written: written, environment: environment)
            do {
                try specification.check(texts)
            } catch {
                throw Self.error(error, about: specification, in: shownPath)
            }
        }
        return .run(path: path, written: written, action: action)
    }

    private mutating func assign(
        _ words: [String], to arguments: [ParameterSpecification]
    ) throws(CommandError) {
        var left = words[...]
        for argument in arguments {
            if argument.isRepeatable {
                written[argument.name] = left.isEmpty ? nil : Array(left)
                left = []
            } else if let word = left.popFirst() {
                written[argument.name] = [word]
            }
        }
        guard let surplus = left.first else { return }
        throw .usage(
            "'\(shownPath)' does not take '\(surplus)'", hint: "usage: \(CommandHelp(path).usage)")
    }

    /// What was written for `specification`, else the first of its environment variables that is set and not empty.
    static func texts(
        of specification: ParameterSpecification, written: [String: [String]], environment: [String: String]
    ) -> [String] {
        if let texts = written[specification.name] { return texts }
        for variable in specification.environment {
            if let text = environment[variable], !text.isEmpty { return [text] }
        }
        return []
    }

    static func error(
        _ problem: ValueProblem, about specification: ParameterSpecification, in command: String
    ) -> CommandError {
        let noun = specification.role == .argument ? "argument" : "option"
        let hint = specification.choices.isEmpty ? "see '\(command) --help'" : nil
        return .usage("\(noun) \(specification.shown) \(problem.message)", hint: problem.hint ?? hint)
    }
}
