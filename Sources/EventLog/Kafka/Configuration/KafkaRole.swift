import StreamCore

/// What a librdkafka client is for; decides its settings.
enum KafkaRole: Sendable, Hashable {
    /// Appends records.
    case producer
    /// Asks for metadata and offsets and administers topics.
    case questions(IsolationLevel)
    /// Asks for the committed positions of a group.
    case positions(group: String)
    /// Fetches records by explicit position; the group is a placeholder that nobody joins.
    case reader(IsolationLevel, placeholder: String)
    /// Is a member of an application's group; reads nothing.
    case member(KafkaMemberSettings)
    /// Commits transactions under an id.
    case transactions(id: String, timeout: Duration)

    /// Whether the client is a producer, in librdkafka's sense.
    var isProducer: Bool {
        switch self {
        case .producer, .transactions: true
        case .questions, .positions, .reader, .member: false
        }
    }

    /// Whether somebody empties the consumer's queue; otherwise librdkafka's background thread does.
    var isPolled: Bool {
        if case .member = self { true } else { false }
    }

    /// What can be overridden by the user's properties.
    func defaults(_ configuration: KafkaConfiguration) -> [(name: String, value: String)] {
        let timeout = configuration.requestTimeout.milliseconds
        var settings = [
            ("client.id", "tributary"),
            ("socket.timeout.ms", "\(min(max(timeout, 1_000), 60_000))"),
            // As in Kafka's own clients: librdkafka's 10 s and 30 s make the end of an outage longer than it is.
            ("reconnect.backoff.ms", "50"),
            ("reconnect.backoff.max.ms", "1000"),
            ("socket.connection.setup.timeout.ms", "10000"),
            ("socket.keepalive.enable", "true"),
        ]
        switch self {
        case .member(let member): settings += member.defaults
        case .transactions:
            // Company is waited for only while records come in: a commit sends what there is at once.
            settings += [("linger.ms", "5"), ("queue.buffering.max.kbytes", "262144")]
        case .producer:
            // Whoever appends waits for the acknowledgement: waiting for company first costs more than it gains.
            settings.append(("linger.ms", "0"))
        case .reader:
            settings += [
                ("check.crcs", "true"),
                // A partition that is opened while its broker holds back an empty answer waits that long.
                ("fetch.wait.max.ms", "100"),
                // Per partition, since every partition has a queue of its own: what back-pressure may hold.
                ("queued.min.messages", "10000"),
                ("queued.max.messages.kbytes", "2048"),
            ]
        case .questions, .positions: break
        }
        return settings
    }

    /// What cannot be overridden.
    func fixed(_ configuration: KafkaConfiguration) -> [(name: String, value: String)] {
        var settings = [
            ("bootstrap.servers", configuration.bootstrapServers),
            ("allow.auto.create.topics", "false"),
        ]
        switch self {
        case .producer:
            let timeout = min(max(configuration.deliveryTimeout.milliseconds, 10), Int64(Int32.max))
            settings += [("enable.idempotence", "true"), ("message.timeout.ms", "\(timeout)")]
        case .member(let member): settings += member.fixed
        case .transactions(let id, let timeout):
            let milliseconds = min(max(timeout.milliseconds, 1_000), Int64(Int32.max))
            settings += [
                ("enable.idempotence", "true"), ("transactional.id", id),
                ("transaction.timeout.ms", "\(milliseconds)"), ("message.timeout.ms", "\(milliseconds)"),
                // librdkafka wants no request to outlive the transaction.
                ("socket.timeout.ms", "\(min(milliseconds - 100, 60_000))"),
            ]
        case .questions(let isolation):
            settings.append(("isolation.level", isolation.kafkaName))
        case .positions(let group):
            // A read_committed client waits while a transaction that holds positions is open (rule 4a of the design).
            settings += [("group.id", group), ("isolation.level", IsolationLevel.committed.kafkaName)]
            settings.append(("enable.auto.commit", "false"))
        case .reader(let isolation, let placeholder):
            settings += [
                ("group.id", placeholder), ("isolation.level", isolation.kafkaName), ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"), ("auto.offset.reset", "error"),
                ("enable.partition.eof", "true"),
            ]
        }
        return settings
    }
}

extension IsolationLevel {
    /// The value of `isolation.level`.
    var kafkaName: String {
        switch self {
        case .committed: "read_committed"
        case .uncommitted: "read_uncommitted"
        }
    }
}
