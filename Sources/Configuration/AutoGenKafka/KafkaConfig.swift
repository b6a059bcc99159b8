/// How to reach brokers and what topics are like, with AutoGen-Kafka's keys and rules.
public struct KafkaConfig: ValidatedConfiguration, Hashable {
    /// What it is called.
    public var name: String
    /// The start of the names of groups.
    public var groupID: String
    /// The start of the names of clients.
    public var clientID: String
    /// The brokers, each `host:port`.
    public var bootstrapServers: [String]
    /// The schema registry; it must be there.
    public var schemaRegistry: SchemaRegistryConfig?
    /// How many partitions topics get.
    public var partitions: Int
    /// How many copies topics get.
    public var replication: Int
    /// Whether topics keep only the last record of a key.
    public var isCompacted = false
    /// Where readers without a position begin: one of ``OffsetReset``, checked like everything else.
    public var offsetReset: String
    /// Who one is, and how the way is protected.
    public var security = KafkaSecurity()

    /// A configuration with the defaults of ``SeedDefaults``; nothing is refused before ``validate()``.
    public init(
        name: String, groupID: String, clientID: String, bootstrapServers: [String],
        schemaRegistry: SchemaRegistryConfig? = SchemaRegistryConfig()
    ) {
        self.name = name
        self.groupID = groupID
        self.clientID = clientID
        self.bootstrapServers = bootstrapServers
        self.schemaRegistry = schemaRegistry
        partitions = SeedDefaults.partitions
        replication = SeedDefaults.replication
        offsetReset = SeedDefaults.offsetReset.rawValue
    }

    /// All that is wrong, and all that should be looked at.
    public func validate() -> ValidationResult {
        var result = ValidationResult()
        if name.isEmpty { result.errors.append("Configuration name cannot be empty") }
        if groupID.isEmpty { result.errors.append("group_id cannot be empty") }
        if clientID.isEmpty { result.errors.append("client_id cannot be empty") }
        if bootstrapServers.isEmpty { result.errors.append("bootstrap_servers cannot be empty") }
        for server in bootstrapServers where !Self.isServer(server) {
            result.errors.append("Invalid bootstrap server format: \(server)")
        }
        security.check(&result)
        if partitions < 1 { result.errors.append("num_partitions must be at least 1") }
        if replication < 1 { result.errors.append("replication_factor must be at least 1") }
        if OffsetReset(rawValue: offsetReset) == nil {
            result.errors.append("auto_offset_reset must be one of: 'earliest', 'latest', 'none'")
        }
        if let schemaRegistry {
            let found = schemaRegistry.validate()
            result.errors += found.errors.map { "Schema Registry: \($0)" }
            result.warnings += found.warnings.map { "Schema Registry: \($0)" }
        } else {
            result.errors.append("schema_registry_config is required")
        }
        if replication == 1 { result.warnings.append("replication_factor of 1 provides no fault tolerance") }
        if partitions == 1 { result.warnings.append("num_partitions of 1 may limit throughput") }
        if security.securityProtocol == .plaintext {
            result.warnings.append("PLAINTEXT security protocol: consider using SSL/SASL for production")
        }
        return result
    }

    /// `host:port`, with a listener's name in front or not: the host is not empty and the port is one.
    private static func isServer(_ text: String) -> Bool {
        let address = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex else { return false }
        return (Int(address[address.index(after: colon)...]) ?? 0).isPort
    }

    /// librdkafka's properties for a client of it.
    public var properties: [String: String] {
        var properties = security.properties
        properties["bootstrap.servers"] = bootstrapServers.joined(separator: ",")
        properties["client.id"] = clientID
        return properties
    }
}

extension Int {
    fileprivate var isPort: Bool { (1...65_535).contains(self) }
}
