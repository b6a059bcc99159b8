/// The topics of an agent that a foreign service answers for: `agent` in AutoGen-Kafka's files.
public struct KafkaAgentConfig: ValidatedConfiguration, Hashable {
    /// Brokers and registry.
    public var kafka: KafkaConfig
    /// Where requests go.
    public var requestTopic = "agent_request"
    /// Where responses come from.
    public var responseTopic = "agent_response"

    /// A configuration with the usual topics.
    public init(_ kafka: KafkaConfig) { self.kafka = kafka }

    /// All that is wrong, and all that should be looked at.
    public func validate() -> ValidationResult {
        var result = kafka.validate()
        if requestTopic.isEmpty { result.errors.append("request_topic cannot be empty") }
        if responseTopic.isEmpty { result.errors.append("response_topic cannot be empty") }
        if requestTopic == responseTopic {
            result.errors.append("request_topic and response_topic must be different")
        }
        return result
    }
}

/// The topics of a runtime: `runtime` in AutoGen-Kafka's files.
public struct KafkaAgentRuntimeConfig: ValidatedConfiguration, Hashable {
    /// Brokers and registry.
    public var kafka: KafkaConfig
    /// Requests to agents: `runtime_requests` or `request_topic` in files.
    public var requestTopic = "runtime_requests"
    /// Their responses: `runtime_responses` or `response_topic` in files.
    public var responseTopic = "runtime_responses"
    /// Which agents there are.
    public var registryTopic = "agent_registry"
    /// Who listens to what.
    public var subscriptionTopic = "agent_subscriptions"
    /// What is published.
    public var publishTopic = "agent_publishes"

    /// A configuration with the usual topics.
    public init(_ kafka: KafkaConfig) { self.kafka = kafka }

    /// All that is wrong, and all that should be looked at.
    public func validate() -> ValidationResult {
        var result = kafka.validate()
        let topics = [
            ("request_topic", requestTopic), ("response_topic", responseTopic), ("registry_topic", registryTopic),
            ("subscription_topic", subscriptionTopic), ("publish_topic", publishTopic),
        ]
        for (name, topic) in topics where topic.isEmpty { result.errors.append("\(name) cannot be empty") }
        if Set(topics.map(\.1)).count != topics.count { result.errors.append("All worker topics must be unique") }
        return result
    }
}

/// A memory on Kafka: `memory` in AutoGen-Kafka's files, with brokers of its own.
public struct KafkaMemoryConfig: ValidatedConfiguration, Hashable {
    /// Brokers and registry; one partition, from the beginning.
    public var kafka: KafkaConfig
    /// The start of the names of its topics.
    public var memoryTopic = "memory"

    /// A configuration on the brokers of `kafka`, with a memory's own defaults for topics.
    public init(_ kafka: KafkaConfig) {
        var kafka = kafka
        kafka.partitions = SeedDefaults.memoryPartitions
        kafka.offsetReset = SeedDefaults.memoryOffsetReset.rawValue
        self.kafka = kafka
    }

    /// All that is wrong, and all that should be looked at.
    public func validate() -> ValidationResult {
        var result = kafka.validate()
        // One partition is what a memory should have.
        result.warnings.removeAll { $0.contains("may limit throughput") }
        if memoryTopic.isEmpty { result.errors.append("memory_topic cannot be empty") }
        return result
    }
}

/// A reader of one topic whose values are of the type `Target`.
public struct StreamingServiceConfig<Target: Sendable>: ValidatedConfiguration {
    /// What it is called.
    public let name: String
    /// What it reads.
    public let topic: String
    /// In which group.
    public let groupID: String
    /// As which client.
    public let clientID: String
    /// Where it begins without a position.
    public let offsetReset: String

    /// A configuration; the type of the values is always there, being part of its own type.
    ///
    /// - Throws: ``ConfigurationError`` with all errors.
    public init(
        name: String, topic: String, groupID: String, clientID: String, target: Target.Type,
        offsetReset: String = SeedDefaults.offsetReset.rawValue
    ) throws(ConfigurationError) {
        self.name = name
        self.topic = topic
        self.groupID = groupID
        self.clientID = clientID
        self.offsetReset = offsetReset
        try ensureValid()
    }

    /// All that is wrong.
    public func validate() -> ValidationResult {
        var result = ValidationResult()
        for (name, text) in [("name", name), ("topic", topic), ("group_id", groupID), ("client_id", clientID)]
        where text.isEmpty {
            result.errors.append("\(name) cannot be empty")
        }
        if OffsetReset(rawValue: offsetReset) == nil {
            result.errors.append("auto_offset_reset must be one of: 'earliest', 'latest', 'none'")
        }
        return result
    }
}
