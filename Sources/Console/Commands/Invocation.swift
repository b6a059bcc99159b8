/// One run of a command: what was written, and where to write.
public struct Invocation: Sendable {
    /// The program's name and the words that led to the command, such as `tributary topics list`.
    public let command: String
    /// Standard output: data only.
    public let output: TextSink
    /// Standard error: notes, warnings, progress.
    public let errors: TextSink
    /// What form data is asked for.
    public let style: OutputStyle
    /// Whether notes and progress are unwanted.
    public let isQuiet: Bool
    /// Whether text for people may be coloured.
    public let usesColour: Bool
    let written: [String: [String]]
    /// The environment variables.
    public let environment: [String: String]
    /// Where parameters are looked up that are neither written nor in the environment.
    public internal(set) var settings: any ParameterSource = NoSettings()

    /// The value of `parameter`: as written, else from the environment, else from the settings, else its default.
    ///
    /// - Throws: ``CommandError`` when it is missing or malformed; a command that lists the parameter never sees that.
    public subscript<Value>(parameter: Parameter<Value>) -> Value {
        get throws(CommandError) {
            let specification = parameter.specification
            var texts = CommandLineParser.texts(of: specification, written: written, environment: environment)
            if texts.isEmpty, specification.setting != nil { texts = try settings.texts(of: specification) }
            do {
                return try parameter.resolve(texts)
            } catch {
                throw CommandLineParser.error(error, about: specification, in: command)
            }
        }
    }

    /// What was written on the command line for the parameter that `specification` describes; nil when nothing was.
    public func written(_ specification: ParameterSpecification) -> [String]? { written[specification.name] }

    /// Whether `parameter` was said at all, on the command line, in the environment or in the settings.
    ///
    /// - Throws: ``CommandError`` when the settings cannot be read.
    public func isSaid<Value>(_ parameter: Parameter<Value>) throws(CommandError) -> Bool {
        let texts = CommandLineParser.texts(
            of: parameter.specification, written: written, environment: environment)
        guard texts.isEmpty, parameter.specification.setting != nil else { return !texts.isEmpty }
        return try !settings.texts(of: parameter.specification).isEmpty
    }

    /// Whether `parameter` was written on the command line.
    public func isWritten<Value>(_ parameter: Parameter<Value>) -> Bool {
        written[parameter.specification.name] != nil
    }

    /// Says something for people on standard error; nothing when quiet.
    public func note(_ text: String) {
        if !isQuiet { errors.printLine(text) }
    }

    /// Warns on standard error.
    public func warn(_ text: String) {
        errors.printLine(Colour.yellow.paint("warning:", when: usesColour && errors.isTerminal) + " " + text)
    }

    /// Writes rows in the form that was asked for.
    public func rows(_ columns: [Column]) -> RowWriter {
        RowWriter(columns, style: style, to: output)
    }

    /// Writes one object in the form that was asked for: as a table, one line a member.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more.
    public func show(_ value: JSONValue) throws(OutputClosed) {
        switch style {
        case .json: try output.write(value.prettyText + "\n")
        case .jsonl: try output.write(value.text + "\n")
        case .yaml: try output.write(YAMLText.document(value))
        case .csv:
            let members = value.members ?? [JSONMember("value", value)]
            try output.write(CSVText.line(members.map { .string($0.name) }) + CSVText.line(members.map(\.value)))
        case .name: try output.write((value.members?.first?.value ?? value).cell + "\n")
        case .table, .wide:
            guard case .object(let members) = value else {
                try output.write(value.cell + "\n")
                break
            }
            let width = members.map { Self.header(of: $0.name).count }.max() ?? 0
            for member in members {
                let padding = String(repeating: " ", count: width - Self.header(of: member.name).count)
                try output.write("\(Self.header(of: member.name))\(padding)  \(member.value.cell)\n")
            }
        }
        try output.flush()
    }

    /// The name of a member in capitals, a space between its words: `LEASE UNTIL` for `leaseUntil`.
    private static func header(of name: String) -> String {
        var header = ""
        for letter in name {
            if letter.isUppercase, !header.isEmpty { header += " " }
            header += letter.uppercased()
        }
        return header
    }

    /// Shows how far long work is, on standard error.
    public func progress(_ title: String, unit: String = "records") -> Progress {
        Progress(title, unit: unit, to: errors, isQuiet: isQuiet)
    }
}
