/// The help page of a command: what it is, examples first, then its words and options.
struct CommandHelp {
    let path: [Command]

    init(_ path: [Command]) { self.path = path }

    private var name: String { path.map(\.name).joined(separator: " ") }

    /// `tributary topics create TOPIC [options]`.
    var usage: String {
        guard let command = path.last else { return "" }
        guard command.subcommands.isEmpty else { return "\(name) COMMAND [options]" }
        let words = command.arguments.map { argument in
            let word = argument.placeholder + (argument.isRepeatable ? "…" : "")
            return argument.isRequired ? word : "[\(word)]"
        }
        let required = command.options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder)" }
        return ([name] + words + required + ["[options]"]).joined(separator: " ")
    }

    /// The page.
    var text: String {
        guard let command = path.last else { return "" }
        var page = "\(name): \(command.summary)\n"
        if !command.examples.isEmpty {
            page += "\nExamples:\n"
            for example in command.examples { page += "  # \(example.purpose)\n  \(path[0].name) \(example.line)\n" }
        }
        page += "\nUsage: \(usage)\n"
        if !command.details.isEmpty { page += "\n\(command.details)\n" }
        page += section("Commands", command.subcommands.map { ($0.name, $0.summary) })
        page += section("Arguments", command.arguments.map { ($0.placeholder, describe($0)) })
        let own = command.options.map { (spell($0), describe($0)) }
        let inherited = path.dropLast().reversed().flatMap(\.options).map { (spell($0), describe($0)) }
        let always = [("-h, --help", "this page")] + (path.count == 1 ? [("    --version", "the version")] : [])
        page += section(path.count == 1 ? "Options of every command" : "Options", own + (path.count == 1 ? always : []))
        if path.count > 1 { page += section("Options of every command", inherited + always) }
        if !command.subcommands.isEmpty { page += "\nSee '\(name) COMMAND --help' for a command's own page.\n" }
        return page
    }

    private func spell(_ option: ParameterSpecification) -> String {
        let short = option.letter.map { "-\($0), " } ?? "    "
        return short + "--\(option.name)" + (option.placeholder.isEmpty ? "" : " \(option.placeholder)")
    }

    private func describe(_ parameter: ParameterSpecification) -> String {
        var text = parameter.help
        if !parameter.choices.isEmpty, parameter.placeholder != parameter.choices.joined(separator: "|") {
            text += " (\(parameter.choices.joined(separator: ", ")))"
        }
        if parameter.isRepeatable, parameter.role == .option { text += "; may be repeated" }
        if let fallback = parameter.defaultText { text += " [default: \(fallback)]" }
        if !parameter.environment.isEmpty { text += " [env: \(parameter.environment.joined(separator: ", "))]" }
        return text
    }

    private func section(_ title: String, _ lines: [(String, String)]) -> String {
        guard !lines.isEmpty else { return "" }
        let width = min(lines.map(\.0.count).max() ?? 0, 34)
        var text = "\n\(title):\n"
        for (left, right) in lines {
            let gap = left.count > width ? "\n" + String(repeating: " ", count: width + 4) : ""
            let padding = String(repeating: " ", count: max(0, width - left.count) + (gap.isEmpty ? 2 : 0))
            text += "  \(left)\(gap.isEmpty ? padding : gap)\(right)\n"
        }
        return text
    }
}
