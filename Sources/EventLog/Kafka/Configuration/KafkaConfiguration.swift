/// How to reach a Kafka cluster and how its client behaves.
///
/// ```swift
/// var kafka = KafkaConfiguration(bootstrapServers: "broker-1:9092,broker-2:9092")
/// kafka.properties["security.protocol"] = "SASL_SSL"
/// ```
///
/// Values of secret properties (`sasl.password`, `ssl.key.password`, …) appear in no description and in no error.
public struct KafkaConfiguration: Sendable {
    /// The brokers to ask first, as `host:port`, separated by commas.
    public var bootstrapServers: String

    /// Any properties of librdkafka, by name; those that Tributary's guarantees rest on are refused.
    public var properties: [String: String]

    /// How long a question to the brokers (metadata, offsets, topic creation) may take.
    public var requestTimeout: Duration = .seconds(30)

    /// How long an appended record may take until it is acknowledged, retries included.
    public var deliveryTimeout: Duration = .seconds(60)

    /// How many copies the topics have that this log creates; nil is the broker's default (Kafka 2.4 and later).
    public var replicationFactor: Int?

    /// Gives a token for `sasl.mechanism` OAUTHBEARER, each time that one is needed; called on any thread, may block.
    ///
    /// What it throws is shown and tried again in ten seconds: it must not name the token. Every client of the log asks
    /// for itself.
    public var oauthToken: (@Sendable () throws -> KafkaToken)?

    /// Where librdkafka's log lines go, by default warnings and errors to stderr; called on its threads.
    public var log: @Sendable (KafkaLogLine) -> Void = { line in line.writeToStandardError() }

    /// The cluster at `bootstrapServers`, with `properties` of librdkafka.
    public init(bootstrapServers: String, properties: [String: String] = [:]) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
    }
}

extension KafkaConfiguration {
    /// Whether the value of `property` must not be shown.
    public static func isSecret(_ property: String) -> Bool { KafkaProperty.isSecret(property) }
}

extension KafkaConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The servers and the properties by name; secrets are shown as `***`.
    public var description: String {
        let shown = shownProperties.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        return "KafkaConfiguration(\(bootstrapServers); \(shown))"
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// What `dump` shows: no secrets.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "bootstrapServers": bootstrapServers,
                "properties": shownProperties.map { "\($0.name)=\($0.value)" },
                "requestTimeout": requestTimeout,
                "deliveryTimeout": deliveryTimeout,
            ])
    }

    private var shownProperties: [(name: String, value: String)] {
        properties.sorted { $0.key < $1.key }
            .map { ($0.key, KafkaProperty.isSecret($0.key) ? "***" : $0.value) }
    }
}
