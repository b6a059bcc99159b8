import CRdKafka
import StreamCore

/// A configuration of librdkafka, until a client takes it over.
final class KafkaSettings {
    /// librdkafka's own object.
    let pointer: OpaquePointer
    /// Whether a client owns the object now.
    private var taken = false

    /// The settings of a client with `role`.
    ///
    /// - Throws: ``EventLogError`` with code `invalidConfiguration`, naming the property.
    init(_ role: KafkaRole, _ configuration: KafkaConfiguration) throws(EventLogError) {
        pointer = rd_kafka_conf_new()
        for (name, value) in role.defaults(configuration) { try set(name, value) }
        for (name, value) in configuration.properties.sorted(by: { $0.key < $1.key }) {
            if let reason = KafkaProperty.reserved[name] {
                throw EventLogError(
                    .invalidConfiguration, "the Kafka property '\(name)' cannot be set: \(reason); remove it")
            }
            if let advice = KafkaJavaNames.advice(for: name), !Self.knows(name) {
                throw EventLogError(
                    .invalidConfiguration,
                    "the Kafka property '\(name)' is one of Java's clients, and librdkafka is used here: \(advice)")
            }
            try set(name, value)
        }
        for (name, value) in role.fixed(configuration) { try set(name, value) }
    }

    deinit { if !taken { rd_kafka_conf_destroy(pointer) } }

    /// Tells that a client owns the object from now on.
    func take() { taken = true }

    /// Whether librdkafka has a property of that name: Java's names are no mistake where they are its own, too.
    private static func knows(_ name: String) -> Bool {
        let probe = rd_kafka_conf_new()
        defer { rd_kafka_conf_destroy(probe) }
        var size = 0
        return rd_kafka_conf_get(probe, name, nil, &size) == RD_KAFKA_CONF_OK
    }

    private func set(_ name: String, _ value: String) throws(EventLogError) {
        guard !name.utf8.contains(0), !value.utf8.contains(0) else {
            throw EventLogError(.invalidConfiguration, "a Kafka property holds a zero byte: '\(name)'; remove it")
        }
        var text = [CChar](repeating: 0, count: 512)
        switch rd_kafka_conf_set(pointer, name, value, &text, text.count) {
        case RD_KAFKA_CONF_OK: return
        case RD_KAFKA_CONF_UNKNOWN:
            let hint = KafkaProperty.suggestion(for: name).map { "; did you mean '\($0)'?" } ?? ""
            throw EventLogError(.invalidConfiguration, "librdkafka has no property '\(name)'\(hint)")
        default:
            // librdkafka's message repeats the value.
            let reason = KafkaProperty.isSecret(name) ? "its value is not accepted" : String(kafka: text)
            throw EventLogError(.invalidConfiguration, "the Kafka property '\(name)': \(reason)")
        }
    }
}

extension String {
    /// The text that librdkafka left in a buffer.
    init(kafka buffer: [CChar]) {
        self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension KafkaConfiguration {
    /// Looks at everything that can be looked at without a broker.
    ///
    /// - Throws: ``EventLogError`` with code `invalidConfiguration`.
    func check() throws(EventLogError) {
        let servers = bootstrapServers.split(separator: ",", omittingEmptySubsequences: false)
        for server in servers {
            let address = server.drop { $0 == " " }
            let port = address.split(separator: ":").last.flatMap { UInt16($0.trimmingSuffix(" ")) }
            guard address.contains(":"), address.first != ":", let port, port > 0 else {
                throw EventLogError(
                    .invalidConfiguration,
                    "bootstrap server '\(server)' is not host:port; give one or more, separated by commas")
            }
        }
        guard requestTimeout > .zero, deliveryTimeout > .zero else {
            throw EventLogError(
                .invalidConfiguration,
                "requestTimeout \(requestTimeout) and deliveryTimeout \(deliveryTimeout) must be longer than nothing")
        }
        if let replicationFactor, !(1...Int(Int16.max)).contains(replicationFactor) {
            throw EventLogError(
                .invalidConfiguration, "replicationFactor is \(replicationFactor); it must be 1 to \(Int16.max) or nil")
        }
        for role in [KafkaRole.producer, .questions(.committed)] { _ = try KafkaSettings(role, self) }
        try checkTokens()
    }

    /// Tokens are needed by one mechanism and of use for no other.
    private func checkTokens() throws(EventLogError) {
        let mechanism = properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? ""
        let usesTokens = mechanism.uppercased() == "OAUTHBEARER"
        if oauthToken != nil, !usesTokens {
            throw EventLogError(
                .invalidConfiguration,
                "`oauthToken` is given, but sasl.mechanism is '\(mechanism)': set it to OAUTHBEARER")
        }
        let makesOwn = ["enable.sasl.oauthbearer.unsecure.jwt", "sasl.oauthbearer.method"].contains {
            ["true", "oidc"].contains(properties[$0]?.lowercased())
        }
        if usesTokens, oauthToken == nil, !makesOwn {
            throw EventLogError(
                .invalidConfiguration,
                "sasl.mechanism is OAUTHBEARER, but there are no tokens: give `oauthToken`, on the command line "
                    + "--oauth-token-file or --oauth-token-command")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ letter: Character) -> Substring {
        var rest = self
        while rest.last == letter { rest.removeLast() }
        return rest
    }
}
