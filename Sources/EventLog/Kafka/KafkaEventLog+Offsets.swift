import CRdKafka
public import StreamCore

extension KafkaEventLog {
    /// Where a partition starts and ends; for committed records it ends where the first open transaction starts.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange`, `unavailable` or `unauthorized`.
    public func offsets(of partition: TopicPartition, isolation: IsolationLevel) throws(EventLogError) -> LogOffsets {
        try cluster.check(partition)
        let client = try cluster.questions(isolation)
        let deadline = ContinuousClock.now + cluster.configuration.requestTimeout
        // A read_committed client is told the last stable offset for the end.
        let end = try ask(client, partition, for: Self.endTime, until: deadline)
        let start = try ask(client, partition, for: Self.startTime, until: deadline)
        return LogOffsets(start: min(start, end), end: end)
    }

    /// Whether state that was checkpointed at `mark` can be a prefix of what `changelog` holds now.
    ///
    /// By the cluster's id, the topic's name and its offsets: another history of at least that length is not noticed.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `partitionOutOfRange`, `unavailable` or `unauthorized`.
    public func verify(_ mark: ChangelogMark, of changelog: TopicPartition) throws(EventLogError) -> ChangelogVerdict {
        // The end of all records, not of the stable ones: an open transaction is no lost end (rule 7 of the design).
        let offsets = try offsets(of: changelog, isolation: .uncommitted)
        if try mark.incarnation != Self.incarnation(of: changelog.topic, in: clusterID()) { return .diverged }
        if mark.position > offsets.end { return .ahead }
        return mark.position < offsets.start ? .belowStart : .prefix
    }

    /// The positions that `group` has committed; from brokers of Kafka 2.5 on it waits for transactions that change them.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable`, `unauthorized` or `invalidConfiguration` (no group name).
    public func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        guard !partitions.isEmpty else { return [:] }
        guard !group.isEmpty, !group.utf8.contains(0) else {
            throw EventLogError(.invalidConfiguration, "a consumer group needs a name; this one is '\(group)'")
        }
        return try positions(
            cluster.positions(of: group), of: group, Set(partitions), within: cluster.configuration.requestTimeout)
    }

    /// Asks `client`, which is of `group`, for the positions; waits for open transactions, at most `timeout`.
    func positions(
        _ client: KafkaClient, of group: String, _ partitions: Set<TopicPartition>, within timeout: Duration
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        // No such partition exists; in C the name would end at the zero and mean another topic.
        let wanted = partitions.filter { $0.partition >= 0 && !$0.topic.utf8.contains(0) }
        guard !wanted.isEmpty else { return [:] }
        let list = KafkaPartitionList(wanted.sorted())
        let start = ContinuousClock.now
        let error = client.use { rd_kafka_committed($0, list.pointer, timeout.kafkaMilliseconds) }
        let action = "the positions of group '\(group)' cannot be read"
        // What some brokers say of a group that nobody has joined yet; Kafka's answer is that nothing is committed.
        if error == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { return [:] }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw client.events.explain(.kafka(error, "\(action) within \(timeout)"), since: start)
        }
        var positions: [TopicPartition: CommittedPosition] = [:]
        for answer in list.answers() {
            // Brokers differ in what they say of a topic that is gone; in any case nothing is committed for it.
            if answer.error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { continue }
            guard answer.error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw .kafka(answer.error, action, at: answer.place)
            }
            guard answer.offset >= 0 else { continue }
            positions[answer.place] = CommittedPosition(offset: answer.offset, metadata: answer.metadata)
        }
        return positions
    }

    /// What stands for a topic's identity: librdkafka 2.0 tells the cluster's id but no topic ids.
    static func incarnation(of topic: String, in cluster: String?) -> String { cluster.map { "\($0)/\(topic)" } ?? "" }

    /// The cluster's own name for itself; nil when the brokers are too old to have one.
    func clusterID() throws(EventLogError) -> String? {
        let timeout = cluster.configuration.requestTimeout
        return try cluster.questions().use { client in
            guard let text = rd_kafka_clusterid(client, timeout.kafkaMilliseconds) else { return nil }
            defer { rd_kafka_mem_free(client, text) }
            return String(cString: text)
        }
    }

    // What Kafka's ListOffsets takes for times that are not times.
    private static var startTime: Int64 { -2 }
    private static var endTime: Int64 { -1 }

    /// The offset of a partition's start or end.
    ///
    /// By `offsets_for_times`, since librdkafka 2.0's `query_watermark_offsets` forgets its timeout.
    private func ask(
        _ client: KafkaClient, _ partition: TopicPartition, for time: Int64, until deadline: ContinuousClock.Instant
    ) throws(EventLogError) -> Int64 {
        let start = ContinuousClock.now
        let action = "the offsets of the partition cannot be asked within \(cluster.configuration.requestTimeout)"
        while true {
            let list = KafkaPartitionList([partition], offset: time)
            let rest = deadline - .now
            let overall = client.use { rd_kafka_offsets_for_times($0, list.pointer, rest.kafkaMilliseconds) }
            let answer = list.answers().first
            let failure = overall == RD_KAFKA_RESP_ERR_NO_ERROR ? answer?.error ?? RD_KAFKA_RESP_ERR__FAIL : overall
            if failure == RD_KAFKA_RESP_ERR_NO_ERROR, let answer, answer.offset >= 0 { return answer.offset }
            let error = EventLogError.kafka(failure, action, at: partition)
            guard error.isRetriable || error.code == .unknownTopic || error.code == .partitionOutOfRange,
                ContinuousClock.now < deadline
            else { throw client.events.explain(error, since: start) }
            // librdkafka keeps asking a leader that is none any more; its metadata are only renewed by asking for them.
            _ = try KafkaMetadata(client, timeout: max(.milliseconds(1), deadline - .now))
            cluster.forget(partition.topic)
            try cluster.check(partition)
            KafkaPause.short()
        }
    }
}
