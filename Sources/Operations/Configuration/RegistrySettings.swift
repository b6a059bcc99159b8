public import Configuration
public import Console

/// The schema registry in the configuration: the section `schemaRegistry`.
///
/// ```yaml
/// schemaRegistry: {url: "https://registry:8081", username: u, password: "${file:/run/secrets/registry}", caLocation: ca.pem}
/// ```
public enum RegistrySettings {
    /// The settings, for the check of files; there are no options for them.
    public static let parameters: [any AnyParameter] = [
        text("url", "URL", "where the schema registry is"), text("username", "NAME", "its user, or an API key"),
        text("password", "TEXT", "its password, or an API key's secret", isSecret: true),
        text("caLocation", "PATH", "certificates of authorities to trust; alone enough for TLS"),
        text("certificateLocation", "PATH", "the client's certificate"), text("keyLocation", "PATH", "its key"),
    ]

    private static func text(
        _ name: String, _ placeholder: String, _ help: String, isSecret: Bool = false
    ) -> any AnyParameter {
        Parameter.option("registry-\(name)", ValueFormat<String>.text.named(placeholder), help: help)
            .setting("schemaRegistry.\(name)", isSecret: isSecret)
    }

    fileprivate struct Section: Decodable {
        var url: String
        var username: String?
        var password: SecretText?
        var caLocation: String?
        var certificateLocation: String?
        var keyLocation: String?
    }
}

extension Settings {
    /// The schema registry; nil when none is said.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong with it.
    public func schemaRegistry() throws(ConfigurationError) -> SchemaRegistryConfig? {
        let path = SettingPath("schemaRegistry")
        guard section(path) != nil else { return nil }
        let section = try decode(RegistrySettings.Section.self, at: path)
        var config = SchemaRegistryConfig(url: section.url)
        config.apiKey = section.username
        config.apiSecret = section.password
        config.caLocation = section.caLocation
        config.certificateLocation = section.certificateLocation
        config.keyLocation = section.keyLocation
        try config.ensureValid()
        return config
    }
}
