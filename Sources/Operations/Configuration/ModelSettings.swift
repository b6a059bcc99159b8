public import Configuration
public import Console

/// A language model in the configuration, below `models` and a name of its own.
///
/// ```yaml
/// models:
///   fast: {url: "http://localhost:8000/v1", model: small, apiKey: "${file:/run/secrets/key}", timeout: 30s}
/// ```
public struct ModelSettings: Decodable, Sendable {
    /// Where the OpenAI interface begins, `/v1` included.
    public var url: String
    /// The model's name there.
    public var model: String
    /// The key; nil for servers that want none.
    public var apiKey: SecretText?
    /// How long a call may take.
    public var timeout: Duration?

    /// The settings, for the check of files; there are no options for them.
    public static let parameters: [any AnyParameter] = [
        Parameter.option(
            "model-url", ValueFormat<String>.text.named("URL"), help: "where the OpenAI interface begins, /v1 included"
        ).setting("models.*.url"),
        Parameter.option("model-name", ValueFormat<String>.text.named("NAME"), help: "the model's name there")
            .setting("models.*.model"),
        Parameter.option("model-key", ValueFormat<String>.text.named("KEY"), help: "the key of the server")
            .setting("models.*.apiKey", isSecret: true),
        Parameter.option("model-timeout", .duration, help: "how long a call may take").setting("models.*.timeout"),
    ]
}

extension Settings {
    /// The model `name` of the section `models`.
    ///
    /// - Throws: ``ConfigurationError`` when there is none of that name, with the names that there are, or it is incomplete.
    public func model(_ name: String) throws(ConfigurationError) -> ModelSettings {
        let models = section(SettingPath("models"))
        guard models?[name] != nil else {
            let known = models?.entries?.map(\.name) ?? []
            throw ConfigurationError(
                "there is no model '\(name)' in the configuration",
                hint: Suggestions.hint(for: name, among: known)
                    ?? (known.isEmpty ? "write it below 'models'" : "models are \(known.joined(separator: ", "))"))
        }
        return try decode(ModelSettings.self, at: SettingPath(["models", name]))
    }
}
