import CRdKafka
import StreamCore

/// What the brokers say of the cluster's topics.
struct KafkaMetadata {
    /// How many partitions each topic has.
    private(set) var topics: [String: Int32] = [:]
    /// The topics of which every partition has a leader.
    private(set) var ready: Set<String> = []
    /// The numbers of the brokers.
    private(set) var brokers: Set<Int32> = []

    /// Asks the brokers.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable` or `unauthorized`.
    init(_ client: KafkaClient, timeout: Duration) throws(EventLogError) {
        let start = ContinuousClock.now
        var answer: UnsafePointer<rd_kafka_metadata>?
        // librdkafka waits to the end even for brokers that refuse the credentials: so it is asked in portions, of which
        // each is twice as long as all before it, for brokers that are slow to answer.
        var error = RD_KAFKA_RESP_ERR__TIMED_OUT
        var passed: Duration = .zero
        repeat {
            let portion = client.mayBeRefused ? min(timeout - passed, max(.seconds(2), passed * 2)) : timeout
            error = client.use { rd_kafka_metadata($0, 1, nil, &answer, portion.kafkaMilliseconds) }
            passed = ContinuousClock.now - start
        } while answer == nil && passed < timeout && client.mayBeRefused
            && EventLogError.kafkaCode(of: error) == .unavailable && client.events.refusal(since: start) == nil
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            throw client.events.explain(.kafka(error, "the topics cannot be listed within \(timeout)"), since: start)
        }
        defer { rd_kafka_metadata_destroy(answer) }
        for broker in UnsafeBufferPointer(start: answer.pointee.brokers, count: Int(answer.pointee.broker_cnt)) {
            brokers.insert(broker.id)
        }
        for topic in UnsafeBufferPointer(start: answer.pointee.topics, count: Int(answer.pointee.topic_cnt)) {
            guard topic.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, topic.partition_cnt > 0 else { continue }
            let name = String(cString: topic.topic)
            topics[name] = topic.partition_cnt
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            if partitions.allSatisfy({ $0.leader >= 0 }) { ready.insert(name) }
        }
    }
}

extension Duration {
    /// Milliseconds as librdkafka takes them: at least 1, since 0 and less mean something else.
    var kafkaMilliseconds: Int32 { Int32(clamping: max(1, milliseconds)) }
}
