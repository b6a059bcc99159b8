import Configuration
public import Console
import Foundation

/// What is done about the configuration: looking at it, checking it, beginning one.
public enum ConfigCommands {
    private static let origin = Parameter.flag(
        "origin", help: "show where each value was said, defaults too")
    private static let all = Parameter.flag("all", help: "show what nobody said too: the defaults")
    private static let checked = Parameter.optionalArgument(
        "file", ValueFormat<String>.path, help: "the file to check; without, what a command would read here")
    private static let begun = Parameter.optionalArgument(
        "file", ValueFormat<String>.path, help: "the file to write; without, the text goes to stdout")

    /// `config view | check | init | profiles`.
    ///
    /// - Parameter options: the options that `view` takes to show what they change.
    /// - Returns: the command.
    public static func command(showing options: [any AnyParameter] = []) -> Command {
        Command(
            "config", summary: "the configuration: what is in force and where it was said",
            details: """
                The strongest first: options, environment variables (TRIBUTARY_APP_THREADS for app.threads), the profile, \
                tributary.yaml here or the file of --config, ~/.config/tributary/config.yaml, defaults. \
                Secrets are never shown.
                """,
            examples: [
                Command.Example("config view --origin", "every setting, and where it comes from"),
                Command.Example("config check tributary.yaml", "all that is wrong with a file"),
                Command.Example("config init tributary.yaml", "a file with every setting, commented"),
            ],
            commands: [view(options), check, begin, profiles])
    }

    private static func view(_ options: [any AnyParameter]) -> Command {
        Command(
            "view", summary: "print what is in force, as YAML or JSON; secrets masked",
            examples: [
                Command.Example("config view", "as YAML that can be read again"),
                Command.Example("config view --origin -o json", "as JSON, each value with its origin"),
            ],
            options: [origin, all] + options
        ) { invocation in
            let origins = try invocation[origin]
            let view = SettingsView(
                try invocation.configuration, includesDefaults: try origins || invocation[all],
                written: invocation.written)
            switch invocation.style {
            case .json: try invocation.output.write(view.json(origins: origins).prettyText + "\n")
            case .jsonl: try invocation.output.write(view.json(origins: origins).text + "\n")
            default: try invocation.output.write(view.yaml(origins: origins))
            }
        }
    }

    private static let check = Command(
        "check", summary: "say all that is wrong with a configuration",
        details: "Exit code 0 when nothing is wrong, 2 when something is.",
        examples: [
            Command.Example("config check tributary.yaml", "one file"),
            Command.Example("config check --profile prod", "what would be read here, with a profile"),
        ],
        arguments: [checked]
    ) { invocation in
        var files = try ConfigurationOptions.files(invocation)
        if let file = try invocation[checked] { files.file = file }
        let schema = (invocation.settings as? ConfigurationSource)?.schema ?? ConfigurationOptions.schema(of: [])
        let settings: Settings
        do throws(ConfigurationError) {
            settings = try files.load(schema)
        } catch {
            throw CommandError(error)
        }
        for warning in settings.warnings { invocation.warn(warning.description) }
        guard !settings.files.isEmpty else { return invocation.note("there is no configuration: defaults hold") }
        invocation.note("\(settings.files.joined(separator: ", ")): nothing is wrong")
    }

    private static let begin = Command(
        "init", summary: "write a configuration with every setting in it, commented out",
        examples: [Command.Example("config init tributary.yaml", "never over a file that is there")],
        arguments: [begun]
    ) { invocation in
        let schema = (invocation.settings as? ConfigurationSource)?.schema ?? ConfigurationOptions.schema(of: [])
        let text = SettingsTemplate(schema).text
        guard let path = try invocation[begun] else { return try invocation.output.write(text) }
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                .conflict, "there is a file '\(path)' already", hint: "name another, or take that one away")
        }
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CommandError(.failure, "the file '\(path)' cannot be written") }
        invocation.note("wrote \(path)")
    }

    private static let profiles = Command(
        "profiles", summary: "list the profiles that --profile can name",
        examples: [Command.Example("config profiles", "names, and where they are")]
    ) { invocation in
        let files = try ConfigurationOptions.files(invocation)
        let found: [(name: String, origin: ConfigurationOrigin)]
        do throws(ConfigurationError) {
            found = try files.profiles()
        } catch {
            throw CommandError(error)
        }
        let rows = invocation.rows([Column("profile"), Column("origin"), Column("active")])
        for profile in found {
            try rows.write([
                "profile": .string(profile.name), "origin": .string("\(profile.origin)"),
                "active": .bool(profile.name == files.profile),
            ])
        }
        try rows.finish()
    }
}
