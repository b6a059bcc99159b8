/// How to reach a schema registry, with AutoGen-Kafka's keys and rules; authorities alone make TLS, too.
public struct SchemaRegistryConfig: ValidatedConfiguration, Hashable {
    /// Its address.
    public var url: String
    /// The user, or the name of an API key.
    public var apiKey: String?
    /// The password, or the secret of an API key.
    public var apiSecret: SecretText?
    /// The file with the certificates of authorities to trust.
    public var caLocation: String?
    /// The file with the client's certificate.
    public var certificateLocation: String?
    /// The file with its key.
    public var keyLocation: String?

    /// A registry at `url`.
    public init(url: String = SeedDefaults.registry) { self.url = url }

    /// All that is wrong, and all that should be looked at.
    public func validate() -> ValidationResult {
        var result = ValidationResult()
        let hasKey = !(apiKey ?? "").isEmpty
        let hasSecret = !(apiSecret?.isEmpty ?? true)
        if url.isEmpty { result.errors.append("Schema Registry URL cannot be empty") }
        if hasKey, !hasSecret { result.errors.append("API key provided without API secret") }
        if hasSecret, !hasKey { result.errors.append("API secret provided without API key") }
        if (certificateLocation == nil) != (keyLocation == nil) {
            result.errors.append("SSL certificate and key locations must be given together")
        }
        if !hasKey, !hasSecret { result.warnings.append("No authentication configured") }
        if url.lowercased().hasPrefix("http://"), !isLocal {
            result.warnings.append("Using plain HTTP for a host that is not localhost: consider HTTPS")
        }
        return result
    }

    private var isLocal: Bool {
        let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
        let host = authority.split(separator: "@").last ?? ""
        let name = host.first == "[" ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "::1"].contains(name.lowercased())
    }

    /// What Confluent's clients call the same.
    public var properties: [String: String] {
        var properties = ["url": url]
        if let apiKey, let apiSecret { properties["basic.auth.user.info"] = "\(apiKey):\(apiSecret.reveal())" }
        properties["ssl.ca.location"] = caLocation
        properties["ssl.certificate.location"] = certificateLocation
        properties["ssl.key.location"] = keyLocation
        return properties
    }
}
