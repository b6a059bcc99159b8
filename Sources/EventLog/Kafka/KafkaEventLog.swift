public import StreamCore

/// Topics of a Kafka cluster, by librdkafka: for production, and for more than one machine.
///
/// Works with brokers from Kafka 2.5 and what speaks their protocol. Where it differs from the embedded log:
/// - ``append(_:)`` writes each record by itself: when it throws, some may be written;
/// - a record without a timestamp (a negative one) gets the time of appending, and timestamp 0 becomes 1, because 0 is
///   librdkafka's way to say "now";
/// - a topic's incarnation is the cluster's id and the topic's name: a topic that was deleted and created again under
///   its name looks the same (librdkafka 2.0 does not tell topic ids).
///
/// Any thread may call; calls block until the brokers have answered or ``KafkaConfiguration/requestTimeout`` is over.
public final class KafkaEventLog: EventLog {
    let cluster: KafkaCluster

    /// The log at `configuration`; connects when it is first used.
    ///
    /// - Throws: ``EventLogError`` with code `invalidConfiguration`, naming the property.
    public init(_ configuration: KafkaConfiguration) throws(EventLogError) {
        cluster = try KafkaCluster(configuration)
    }

    /// The bootstrap servers.
    public var location: String { cluster.configuration.bootstrapServers }

    /// Appends each of `records` by itself and returns when all replicas in sync have them.
    ///
    /// Partitions and sizes are checked before the first is sent.
    ///
    /// - Returns: the offsets that were given, by partition: first up to but not including last + 1; others' records may
    ///   lie between.
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange`, `recordTooLarge`, `unauthorized` or
    ///   `unavailable`; some records may be written, and the message tells how many.
    @discardableResult
    public func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        guard !records.isEmpty else { return [:] }
        // All of them, before the first is sent, so that a bad one does not leave half of them written.
        try cluster.check(records)
        do {
            return try cluster.producer().append(records)
        } catch {
            // The topic may have been deleted or created anew since it was last looked at.
            for topic in records.topics { cluster.forget(topic) }
            throw error
        }
    }

    /// A reader with a consumer of its own that belongs to no group.
    ///
    /// - Throws: ``EventLogError`` when the consumer cannot be made.
    public func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        try KafkaReader(cluster, isolation)
    }

    /// Joins the group of an application: a consumer group of its name, on a topic `<application>-tasks`.
    ///
    /// Makes that topic when it is not there, which needs the right to; nothing else does.
    ///
    /// - Throws: ``EventLogError`` with code `incompatiblePlan` when living members run another plan, `unauthorized` or
    ///   `unsupported` when the topic cannot be made, `unavailable`, `invalidConfiguration`.
    public func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        try BrokeredMember(group, on: KafkaGroupCluster(self, group: group.application))
    }
}

extension KafkaCluster {
    /// Looks at all of `records`: whether their partitions exist and librdkafka can carry them.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange` or `unsupported`.
    func check(_ records: RecordBuffer) throws(EventLogError) {
        var checked: Set<UInt64> = []
        for entry in records.entries {
            let place = UInt64(UInt32(bitPattern: entry.topic)) << 32 | UInt64(UInt32(bitPattern: entry.partition))
            if checked.insert(place).inserted {
                try check(TopicPartition(records.topics[Int(entry.topic)], entry.partition))
            }
            for header in entry.headers.entries where header.name.utf8.contains(0) {
                throw EventLogError(
                    .unsupported, "the header name '\(header.name)' holds a zero byte, which librdkafka cannot carry",
                    at: TopicPartition(records.topics[Int(entry.topic)], entry.partition))
            }
        }
    }
}
