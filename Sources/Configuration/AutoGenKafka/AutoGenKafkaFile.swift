import Console
public import JSON

/// AutoGen-Kafka's configuration: its YAML and JSON files, its variables, its sections and keys.
///
/// Variables win over the file, the file over `base`, all of them over defaults; sections are merged deeply. Texts stay
/// texts, whatever they look like. A key that nobody reads is an error.
public struct AutoGenKafkaFile: Sendable {
    /// What the names of variables start with.
    public static let prefix = "AUTOGEN_KAFKA_"
    private static let sections = ["kafka", "memory", "agent", "runtime"]
    private let root: ConfigurationNode
    private let flat: [ConfigurationEntry]

    /// Reads `file` and `environment` on top of `base`.
    ///
    /// - Parameters:
    ///   - file: the file; nil for none.
    ///   - base: what holds where file and variables say nothing.
    ///   - environment: the environment variables.
    /// - Throws: ``ConfigurationError`` for a file that is not there, is no YAML and no JSON, or refers to nothing.
    public init(
        file: String? = nil, base: JSONValue = [:], environment: [String: String] = [:]
    ) throws(ConfigurationError) {
        var root = ConfigurationNode(base, at: .program)
        if let file { root.merge(try ConfigurationFile.read(file)) }
        var substitution = Substitution(environment)
        root = substitution.resolve(root)
        guard substitution.problems.isEmpty else { throw ConfigurationError(.invalid, substitution.problems) }
        var flat: [ConfigurationEntry] = []
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Self.prefix) {
            let node = ConfigurationNode(.scalar(ConfigurationScalar(text)), at: .variable(name))
            let key = name.dropFirst(Self.prefix.count).lowercased()
            if let section = (["schema_registry"] + Self.sections).first(where: { key.hasPrefix("\($0)_") }) {
                root.insert(node, at: [section, String(key.dropFirst(section.count + 1))], origin: node.origin)
            } else {
                flat.append(ConfigurationEntry(key, at: node.origin, node))
            }
        }
        self.root = root
        self.flat = flat
    }

    /// The section `kafka`, with the section `schema_registry` beside it or in it.
    ///
    /// - Throws: ``ConfigurationError`` with all missing, unknown and malformed keys.
    public func kafka() throws(ConfigurationError) -> KafkaConfig {
        var problems = unknownSections()
        let config = kafka("kafka", &problems)
        guard problems.isEmpty else { throw ConfigurationError(.invalid, problems) }
        return config
    }

    /// The section `agent`, on the brokers of `kafka`.
    ///
    /// - Throws: ``ConfigurationError`` with all missing, unknown and malformed keys.
    public func agent() throws(ConfigurationError) -> KafkaAgentConfig {
        var problems = unknownSections()
        var config = KafkaAgentConfig(kafka("kafka", &problems))
        var section = SeedSection("agent", root["agent"])
        config.requestTopic = section.text("request_topic") ?? config.requestTopic
        config.responseTopic = section.text("response_topic") ?? config.responseTopic
        section.finish()
        problems += section.problems
        guard problems.isEmpty else { throw ConfigurationError(.invalid, problems) }
        return config
    }

    /// The section `runtime`, on the brokers of `kafka`.
    ///
    /// - Throws: ``ConfigurationError`` with all missing, unknown and malformed keys.
    public func runtime() throws(ConfigurationError) -> KafkaAgentRuntimeConfig {
        var problems = unknownSections()
        var config = KafkaAgentRuntimeConfig(kafka("kafka", &problems))
        var section = SeedSection("runtime", root["runtime"])
        config.requestTopic = section.text("runtime_requests", "request_topic") ?? config.requestTopic
        config.responseTopic = section.text("runtime_responses", "response_topic") ?? config.responseTopic
        config.registryTopic = section.text("registry_topic") ?? config.registryTopic
        config.subscriptionTopic = section.text("subscription_topic") ?? config.subscriptionTopic
        config.publishTopic = section.text("publish_topic") ?? config.publishTopic
        section.finish()
        problems += section.problems
        guard problems.isEmpty else { throw ConfigurationError(.invalid, problems) }
        return config
    }

    /// The section `memory`, which has brokers of its own.
    ///
    /// - Throws: ``ConfigurationError`` with all missing, unknown and malformed keys.
    public func memory() throws(ConfigurationError) -> KafkaMemoryConfig {
        var problems = unknownSections()
        var topic: String?
        let kafka = kafka("memory", &problems) { topic = $0.text("memory_topic") }
        guard problems.isEmpty else { throw ConfigurationError(.invalid, problems) }
        var config = KafkaMemoryConfig(kafka)
        // What was said wins over a memory's own defaults.
        var section = SeedSection("memory", node("memory"))
        config.kafka.partitions = section.integer("num_partitions") ?? config.kafka.partitions
        config.kafka.offsetReset = section.text("auto_offset_reset") ?? config.kafka.offsetReset
        config.memoryTopic = topic ?? config.memoryTopic
        return config
    }

    /// The section `name`, with variables that name no section as its defaults.
    private func node(_ name: String) -> ConfigurationNode {
        var node = ConfigurationNode(
            .mapping(flat.filter { Self.keys.contains($0.name) }), at: root[name]?.origin ?? .program)
        if let own = root[name] { node.merge(own) }
        return node
    }

    private static let keys: Set<String> = [
        "name", "group_id", "client_id", "bootstrap_servers", "num_partitions", "replication_factor", "is_compacted",
        "auto_offset_reset", "security_protocol", "security_mechanism", "sasl_mechanism", "sasl_plain_username",
        "sasl_plain_password",
    ]

    private func unknownSections() -> [ConfigurationProblem] {
        let known = Self.sections + ["schema_registry"]
        let names = (root.entries ?? []).filter { !known.contains($0.name) }.map {
            ConfigurationProblem(
                "there is no section '\($0.name)'", at: $0.origin,
                hint: Suggestions.hint(for: $0.name, among: known)
                    ?? "sections are \(known.sorted().joined(separator: ", "))")
        }
        let variables = flat.filter { !Self.keys.contains($0.name) }.map {
            ConfigurationProblem(
                "there is no setting '\($0.name)'", at: $0.origin,
                hint: Suggestions.hint(for: $0.name, among: Self.keys.sorted()))
        }
        return names + variables
    }

    private func kafka(
        _ name: String, _ problems: inout [ConfigurationProblem], more: (inout SeedSection) -> Void = { _ in }
    ) -> KafkaConfig {
        var section = SeedSection(name, node(name))
        var config = KafkaConfig(
            name: section.required("name"), groupID: section.required("group_id"),
            clientID: section.required("client_id"), bootstrapServers: [])
        if let servers = section.list("bootstrap_servers") {
            config.bootstrapServers = servers
        } else {
            _ = section.required("bootstrap_servers")
        }
        config.partitions = section.integer("num_partitions") ?? config.partitions
        config.replication = section.integer("replication_factor") ?? config.replication
        config.isCompacted = section.truth("is_compacted") ?? false
        config.offsetReset = section.text("auto_offset_reset") ?? config.offsetReset
        config.security = Self.security(&section)
        var registry = root["schema_registry"]
        if let own = section.section("schema_registry") { registry = own }
        config.schemaRegistry = Self.registry(registry, &problems)
        more(&section)
        section.finish()
        problems += section.problems
        return config
    }

    private static func security(_ section: inout SeedSection) -> KafkaSecurity {
        var security = KafkaSecurity()
        security.securityProtocol = section.choice(SecurityProtocol.self, "security_protocol")
        security.mechanism = section.choice(SASLMechanism.self, "security_mechanism", "sasl_mechanism")
        security.username = section.text("sasl_plain_username", "sasl_username")
        security.password = section.text("sasl_plain_password", "sasl_password").map { SecretText($0) }
        security.caLocation = section.text("ssl_ca_location")
        security.certificateLocation = section.text("ssl_cert_location", "ssl_certificate_location")
        security.keyLocation = section.text("ssl_key_location")
        security.keyPassword = section.text("ssl_key_password").map { SecretText($0) }
        security.kerberosService = section.text("sasl_kerberos_service_name")
        security.kerberosKeytab = section.text("sasl_kerberos_keytab")
        security.kerberosPrincipal = section.text("sasl_kerberos_principal")
        return security
    }

    private static func registry(
        _ node: ConfigurationNode?, _ problems: inout [ConfigurationProblem]
    ) -> SchemaRegistryConfig {
        var section = SeedSection("schema_registry", node)
        var config = SchemaRegistryConfig(url: section.required("url"))
        config.apiKey = section.text("api_key", "username")
        config.apiSecret = section.text("api_secret", "password").map { SecretText($0) }
        config.caLocation = section.text("ssl_ca_location")
        config.certificateLocation = section.text("ssl_cert_location", "ssl_certificate_location")
        config.keyLocation = section.text("ssl_key_location")
        section.finish()
        problems += section.problems
        return config
    }
}

extension ConfigurationNode {
    /// The tree of `value`, all of it written at `origin`.
    init(_ value: JSONValue, at origin: ConfigurationOrigin) {
        switch value {
        case .object(let members):
            self.init(
                .mapping(
                    members.map { ConfigurationEntry($0.name, at: origin, ConfigurationNode($0.value, at: origin)) }),
                at: origin)
        case .array(let values):
            self.init(.sequence(values.map { ConfigurationNode($0, at: origin) }), at: origin)
        default: self.init(.scalar(ConfigurationScalar(value.stringValue ?? value.text, value)), at: origin)
        }
    }

    /// Puts `other` on top: sections are merged, everything else is replaced.
    mutating func merge(_ other: ConfigurationNode) {
        guard var mine = entries, let theirs = other.entries else {
            self = other
            return
        }
        for entry in theirs {
            if let index = mine.firstIndex(where: { $0.name == entry.name }) {
                mine[index].node.merge(entry.node)
            } else {
                mine.append(entry)
            }
        }
        content = .mapping(mine)
    }
}
