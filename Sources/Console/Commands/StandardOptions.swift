/// The options that every command of every program takes.
public enum StandardOptions {
    /// What form data is written in.
    public static let output = Parameter.option(
        "output", letter: "o", ValueFormat.choice(OutputStyle.self).named("FORM"), default: .table, shown: "table",
        help: "form of the data on stdout")
    static let lines = Parameter.flag("jsonl", letter: "J", help: "short for --output jsonl")
    static let colour = Parameter.option(
        "color", .choice(ColourChoice.self), default: .auto, shown: "auto",
        help: "colour in text for people; NO_COLOR is respected")
    static let quiet = Parameter.flag("quiet", letter: "q", help: "no notes and no progress on stderr")

    static let all: [any AnyParameter] = [output, lines, colour, quiet]

    static func style(of invocation: Invocation) throws(CommandError) -> OutputStyle {
        try invocation[lines] ? .jsonl : try invocation[output]
    }

    /// The form that `arguments` ask for, found without understanding the rest: errors in the rest are reported in it.
    static func foresee(_ arguments: [String]) -> OutputStyle {
        var style = OutputStyle.table
        for (index, word) in arguments.enumerated() {
            if word == "--" { break }
            if word == "-J" || word == "--jsonl" { return .jsonl }
            var text: Substring?
            if word == "--output" || word == "-o" {
                text = index + 1 < arguments.count ? arguments[index + 1][...] : nil
            } else if word.hasPrefix("--output=") {
                text = word.dropFirst("--output=".count)
            } else if word.hasPrefix("-o") {
                text = word.dropFirst(2)
            }
            if let text, let found = OutputStyle(rawValue: String(text)) { style = found }
        }
        return style
    }
}
