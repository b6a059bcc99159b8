/// A program's commands: parses, helps, runs and turns every error into a message and an exit code.
public struct CommandTree: Sendable {
    let root: Command
    let version: String
    let translate: @Sendable (any Error) -> CommandError?
    let settings: (@Sendable (Invocation, [ParameterSpecification]) -> any ParameterSource)?

    /// A program.
    ///
    /// - Parameters:
    ///   - name: its name on the command line.
    ///   - summary: what it is, half a line.
    ///   - version: what `--version` prints.
    ///   - details: more for its help page.
    ///   - examples: two or three lines to copy.
    ///   - options: options that all commands take.
    ///   - commands: its commands.
    ///   - settings: where parameters with a setting are looked up at last, for one run of a command and the parameters
    ///     of all commands that have one; nil when nowhere.
    ///   - translate: makes a message and an exit code of an error that a command throws; nil for one it does not know.
    public init(
        name: String, summary: String, version: String = "", details: String = "", examples: [Command.Example] = [],
        options: [any AnyParameter] = [], commands: [Command],
        settings: (@Sendable (Invocation, [ParameterSpecification]) -> any ParameterSource)? = nil,
        translate: @escaping @Sendable (any Error) -> CommandError? = { _ in nil }
    ) {
        root = Command(
            name, summary: summary, details: details, examples: examples,
            options: options + StandardOptions.all, commands: commands)
        self.version = version
        self.translate = translate
        self.settings = settings
    }

    /// The parameters of all commands that have a setting, each setting once.
    private var declared: [ParameterSpecification] {
        var found: [ParameterSpecification] = []
        var known: Set<String> = []
        var commands = Array(root.subcommands.reversed())
        while let command = commands.popLast() {
            found += command.options
            commands += command.subcommands.reversed()
        }
        return (found + root.options).filter { $0.setting.map { known.insert($0).inserted } ?? false }
    }

    /// Runs what `arguments` say (without the program's own name) and returns the exit code; never throws, never exits.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name.
    ///   - environment: the environment variables.
    ///   - output: standard output.
    ///   - errors: standard error.
    /// - Returns: what to tell the shell.
    public func run(
        _ arguments: [String], environment: [String: String] = [:], output: TextSink = .standardOutput,
        errors: TextSink = .standardError
    ) async -> ExitCode {
        let style = StandardOptions.foresee(arguments)
        do {
            try await attempt(arguments, environment: environment, output: output, errors: errors)
            try output.flush()
            return .success
        } catch let error as OutputClosed {
            guard let cause = error.cause else { return .success }
            errors.printLine("error: cannot write to standard output: \(cause)")
            return .failure
        } catch let error as SignalReceived {
            try? output.flush()
            return error.exitCode
        } catch {
            // Data before the message, so that a terminal shows them in the order they were made.
            try? output.flush()
            let shown = (error as? CommandError) ?? translate(error) ?? CommandError(.failure, "\(error)")
            report(shown, style: style, to: errors, environment: environment)
            return shown.exitCode
        }
    }

    private func attempt(
        _ arguments: [String], environment: [String: String], output: TextSink, errors: TextSink
    ) async throws {
        var parser = CommandLineParser(root: root, environment: environment)
        switch try parser.parse(arguments) {
        case .help(let path): try output.write(CommandHelp(path).text)
        case .version: try output.write("\(root.name) \(version.isEmpty ? "(no version)" : version)\n")
        case .run(let path, let written, let action):
            var invocation = Invocation(
                command: path.map(\.name).joined(separator: " "), output: output, errors: errors, style: .table,
                isQuiet: false, usesColour: false, written: written, environment: environment)
            let choice = try invocation[StandardOptions.colour]
            invocation = Invocation(
                command: invocation.command, output: output, errors: errors,
                style: try StandardOptions.style(of: invocation), isQuiet: try invocation[StandardOptions.quiet],
                usesColour: choice.allows(environment: environment, isTerminal: output.isTerminal),
                written: written, environment: environment)
            if let settings { invocation.settings = settings(invocation, declared) }
            try await action(invocation)
        }
    }

    private func report(
        _ error: CommandError, style: OutputStyle, to errors: TextSink, environment: [String: String]
    ) {
        guard !style.isStructured else {
            errors.printLine(error.json.text)
            return
        }
        let colour = ColourChoice.auto.allows(environment: environment, isTerminal: errors.isTerminal)
        errors.printLine(Colour.red.paint("error:", when: colour) + " " + error.message)
        if let hint = error.hint { errors.printLine(Colour.cyan.paint("hint:", when: colour) + " " + hint) }
    }
}
