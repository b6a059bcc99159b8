import CRdKafka

/// What is known about librdkafka's properties by name.
enum KafkaProperty {
    /// Properties that a user may not set, and why; the guarantees of the log rest on them.
    static let reserved: [String: String] = {
        let groups: [(reason: String, names: [String])] = [
            ("set `bootstrapServers` instead", ["bootstrap.servers", "metadata.broker.list"]),
            ("groups are named by the application", ["group.id", "group.instance.id"]),
            (
                "positions are committed with the outputs, never by themselves",
                [
                    "enable.auto.commit", "auto.commit.enable", "auto.commit.interval.ms", "enable.auto.offset.store",
                    "offset.store.method", "offset.store.path", "offset.store.sync.interval.ms",
                ]
            ),
            ("positions are always explicit; a missing one is an error, never a reset", ["auto.offset.reset"]),
            ("the reader says which records it sees", ["isolation.level"]),
            (
                "a record is written once and by all replicas in sync",
                [
                    "enable.idempotence", "acks", "request.required.acks", "enable.gapless.guarantee",
                    "queuing.strategy", "max.in.flight", "max.in.flight.requests.per.connection", "retries",
                    "message.send.max.retries", "delivery.report.only.error", "produce.offset.report",
                ]
            ),
            ("transactions belong to the runtime", ["transactional.id", "transaction.timeout.ms"]),
            (
                "a task's partition is computed by Tributary, as in Kafka's own clients",
                ["partitioner", "msg_order_cmp", "partition.assignment.strategy"]
            ),
            ("the reader needs it to know where a partition ends", ["enable.partition.eof"]),
            ("set `deliveryTimeout` instead", ["message.timeout.ms", "delivery.timeout.ms"]),
            ("topics are created by name, never by accident", ["allow.auto.create.topics"]),
            ("it replaces the cluster by a mock", ["test.mock.num.brokers", "test.mock.broker.rtt"]),
            ("log lines go to `log`", ["log.queue"]),
            ("Tributary serves librdkafka's events", ["enabled_events", "enable_sasl_queue"]),
        ]
        var reasons: [String: String] = [:]
        for group in groups {
            for name in group.names { reasons[name] = group.reason }
        }
        return reasons
    }()

    /// Whether a property's value must not be shown; rather too many than too few.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["password", "secret", "jaas", "token", ".pem", "ssl_key", "ssl_ca", "oauthbearer.config"]
            .contains { name.contains($0) }
    }

    /// The property name most like `name`, when one is alike enough to be meant.
    static func suggestion(for name: String) -> String? {
        let best = known.map { (name: $0, distance: editDistance(name, $0)) }.min { $0.distance < $1.distance }
        guard let best, best.distance <= max(2, name.utf8.count / 4) else { return nil }
        return best.name
    }

    /// All names that librdkafka tells, and some of those that it leaves out: aliases and what has no default.
    private static let known: [String] = {
        var names: Set = [
            "bootstrap.servers", "compression.type", "linger.ms", "max.partition.fetch.bytes", "sasl.mechanism",
            "sasl.username", "sasl.password", "sasl.oauthbearer.config", "ssl.ca.location", "ssl.ca.pem",
            "ssl.certificate.location", "ssl.certificate.pem", "ssl.key.location", "ssl.key.password", "ssl.key.pem",
            "ssl.keystore.location", "ssl.keystore.password", "ssl.cipher.suites",
        ]
        let global = rd_kafka_conf_new()
        defer { rd_kafka_conf_destroy(global) }
        let topic = rd_kafka_topic_conf_new()
        defer { rd_kafka_topic_conf_destroy(topic) }
        var count = 0
        names.formUnion(takeNames(rd_kafka_conf_dump(global, &count), count))
        names.formUnion(takeNames(rd_kafka_topic_conf_dump(topic, &count), count))
        return names.sorted()
    }()

    private static func takeNames(
        _ dump: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ count: Int
    ) -> [String] {
        guard let dump else { return [] }
        defer { rd_kafka_conf_dump_free(dump, count) }
        return stride(from: 0, to: count, by: 2).compactMap { index in dump[index].map { String(cString: $0) } }
    }
}

/// How many letters must be inserted, removed or replaced to make `right` of `left`.
private func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for (number, letter) in left.enumerated() {
        var diagonal = row[0]
        row[0] = number + 1
        for column in right.indices {
            let above = row[column + 1]
            row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == right[column] ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
