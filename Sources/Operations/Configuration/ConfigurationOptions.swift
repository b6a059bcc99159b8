public import Configuration
public import Console

/// The options that say which configuration a command reads; every command takes them.
public enum ConfigurationOptions {
    /// The file; without, `tributary.yaml` here and the user's own.
    public static let file = Parameter.option(
        "config", ValueFormat<String>.path,
        help: "the configuration, YAML or JSON; without, tributary.yaml here and ~/.config/tributary/config.yaml"
    ).environment("TRIBUTARY_CONFIG")

    /// The profile.
    public static let profile = Parameter.option(
        "profile", ValueFormat<String>.text.named("NAME"), help: "the part of the configuration to put on top"
    ).environment("TRIBUTARY_PROFILE")

    /// All of them.
    public static var all: [any AnyParameter] { [file, profile] }

    /// The files that `invocation` means.
    ///
    /// - Throws: ``CommandError`` when an option is malformed.
    static func files(_ invocation: Invocation) throws(CommandError) -> SettingsFiles {
        SettingsFiles(
            file: try invocation[file], profile: try invocation[profile], environment: invocation.environment)
    }

    /// What may be set, by the parameters of a program's commands.
    static func schema(of parameters: [ParameterSpecification]) -> SettingsSchema {
        // The settings of an application are free where it declares none: it decodes them, or another one does.
        let declaresOwn = parameters.contains { $0.setting?.hasPrefix("settings.") == true }
        let open = ["kafka"] + (declaresOwn ? [] : ["settings"])
        return SettingsSchema(
            parameters + fileOnly.map(\.anySpecification), open: open.map { SettingPath([$0]) },
            aliases: foreignNames)
    }

    /// Settings that are in files and variables only.
    private static var fileOnly: [any AnyParameter] {
        ModelSettings.parameters + LimitSettings.parameters + RegistrySettings.parameters
    }

    /// AutoGen-Kafka's keys that mean a property of Kafka.
    private static let foreignNames: [String: String] = {
        let names = [
            "bootstrap_servers": "bootstrap.servers", "client_id": "client.id",
            "security_protocol": "security.protocol",
            "security_mechanism": "sasl.mechanism", "sasl_mechanism": "sasl.mechanism",
            "sasl_plain_username": "sasl.username", "sasl_plain_password": "sasl.password",
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ("kafka.\($0.key)", "kafka.\($0.value)") })
    }()

    /// Where the parameters of a run are looked up: give it to a command tree.
    public static func source(
        _ invocation: Invocation, _ parameters: [ParameterSpecification]
    ) -> any ParameterSource {
        ConfigurationSource(invocation, schema(of: parameters))
    }
}

extension Invocation {
    /// The configuration in force; an empty one in a program whose command tree has no ``ConfigurationOptions/source(_:_:)``.
    ///
    /// - Throws: ``CommandError`` when it is wrong.
    public var configuration: Settings {
        get throws(CommandError) {
            if let source = settings as? ConfigurationSource { return try source.settings() }
            return Settings()
        }
    }
}

extension CommandError {
    /// `error` as the command line says it: exit code 2 for what is wrong in a file.
    init(_ error: ConfigurationError) {
        let code: ExitCode =
            switch error.kind {
            case .missing: .notFound
            case .denied: .denied
            case .invalid: .usage
            }
        let hints = error.problems.filter { $0.hint != nil }
        let hint = hints.count == 1 ? hints[0].hint : nil
        let lines = error.problems.map { problem in
            hints.count > 1 ? problem.description + (problem.hint.map { " (\($0))" } ?? "") : problem.description
        }
        self.init(code, lines.joined(separator: "\n       "), hint: hint, kind: "configuration")
    }
}

extension Settings {
    /// The properties of Kafka that files say, with their places; brokers are among them.
    var kafkaProperties: [(name: String, value: String, place: String)] {
        (section(SettingPath(["kafka"]))?.entries ?? []).compactMap { entry in
            guard let text = entry.node.propertyText else { return nil }
            return (entry.name, text, "\(entry.node.origin)")
        }
    }
}
