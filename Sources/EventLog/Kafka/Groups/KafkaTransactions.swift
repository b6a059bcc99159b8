import CRdKafka
import StreamCore

/// A transactional producer over librdkafka; one client for each transactional id.
///
/// A call that has not ended in time is either called again (`retriable`), which takes it up where it is, or has made the
/// transaction abortable; librdkafka says which.
final class KafkaTransactions: TransactionalProducer {
    private let id: String
    private let timeout: Duration
    private let cluster: KafkaCluster
    private let client: KafkaClient
    private let sender: KafkaSender
    /// What was sent since ``begin()``, in order.
    private var sends: [Send] = []
    /// Whether brokers have refused a batch: the numbers that librdkafka gave its records are missing from then on, and
    /// the next transaction would fail for that.
    private var isSpent = false

    private struct Send {
        let topics: [String]
        let delivery: KafkaDelivery
    }

    /// How long one call waits that can be called again to go on.
    private static let slice: Duration = .milliseconds(500)

    init(id: String, timeout: Duration, _ cluster: KafkaCluster) throws(EventLogError) {
        self.id = id
        // Kafka takes no shorter ones.
        self.timeout = max(timeout, .seconds(1))
        self.cluster = cluster
        client = try KafkaClient(.transactions(id: id, timeout: timeout), cluster.configuration)
        sender = KafkaSender(client)
    }

    func initialize() throws(TransactionFailure) {
        try call(.initialize) { rd_kafka_init_transactions($0, Self.slice.kafkaMilliseconds) }
    }

    func begin() throws(TransactionFailure) {
        sends = []
        _ = client.events.takeRefusedPlace()
        try call(.begin) { rd_kafka_begin_transaction($0) }
    }

    func send(_ records: RecordBuffer) throws(TransactionFailure) {
        let number = sends.count
        do {
            try cluster.check(records)
            let delivery = try sender.send(records, until: .now + timeout)
            sends.append(Send(topics: records.topics, delivery: delivery))
        } catch {
            // It may have been made or deleted since it was last looked at.
            for topic in records.topics { cluster.forget(topic) }
            let isRecords = error.kafkaBlamesRecords
            throw TransactionFailure(kind: isRecords ? .refused(send: number) : .abortable, error: error)
        }
    }

    func flush() throws(TransactionFailure) -> [[TopicPartition: Range<Int64>]] {
        let start = ContinuousClock.now
        // librdkafka gives records up when the transaction would be over, and looks at the clock once a second.
        let limit = timeout + .seconds(5)
        // Makes it send what still waits for company.
        _ = client.use { rd_kafka_flush($0, limit.kafkaMilliseconds) }
        var isComplete = true
        for send in sends where !send.delivery.wait(until: start + limit) { isComplete = false }
        if let failure = failure(since: start) { throw failure }
        guard isComplete else {
            throw TransactionFailure(
                kind: .abortable,
                error: .kafka(
                    RD_KAFKA_RESP_ERR__TIMED_OUT, "records of transactional id '\(id)' are not acknowledged in \(limit)"
                ))
        }
        return sends.map(\.delivery.told)
    }

    func sendPositions(
        _ positions: [TopicPartition: CommittedPosition], group: String, _ token: MembershipToken
    ) throws(TransactionFailure) {
        // librdkafka takes neither amiss, sends nothing, and then nothing would fence the commit.
        guard !positions.isEmpty, positions.values.allSatisfy({ $0.offset >= 0 }) else {
            throw TransactionFailure(
                kind: .abortable,
                error: EventLogError(.invalidConfiguration, "a commit of group '\(group)' has no valid input positions")
            )
        }
        let list = KafkaPartitionList(positions)
        var isSent = false
        // Not to be taken up again once it has timed out: so it has all the time there is.
        try call(.positions) { client in
            let answer = token.withKafkaMetadata { metadata -> OpaquePointer? in
                rd_kafka_send_offsets_to_transaction(client, list.pointer, metadata, timeout.kafkaMilliseconds)
            }
            isSent = answer != nil
            return answer ?? nil
        }
        guard isSent else {
            throw TransactionFailure(
                kind: .memberFenced, error: EventLogError(.busy, "this member of group '\(group)' has no token"))
        }
    }

    func commit() throws(TransactionFailure) {
        try call(.commit) { rd_kafka_commit_transaction($0, Self.slice.kafkaMilliseconds) }
    }

    func abort() throws(TransactionFailure) {
        sends = []
        guard !isSpent else {
            // The next producer with this id ends the transaction when it initialises.
            throw TransactionFailure(
                kind: .producerFenced,
                error: EventLogError(.fenced, "transactional id '\(id)' needs a new producer after a refused record"))
        }
        try call(.abort) { rd_kafka_abort_transaction($0, Self.slice.kafkaMilliseconds) }
    }

    private func call(
        _ step: KafkaTransactionStep, _ body: (OpaquePointer) -> OpaquePointer?
    ) throws(TransactionFailure) {
        let start = ContinuousClock.now
        guard let error = client.use(body) else { return }
        defer { rd_kafka_error_destroy(error) }
        throw TransactionFailure(kafka: error, step, id: id, client.events, since: start)
    }

    /// Why records were not written, when some were not.
    private func failure(since start: ContinuousClock.Instant) -> TransactionFailure? {
        var purged: TransactionFailure?
        for (number, send) in sends.enumerated() {
            guard let (code, place) = send.delivery.failure else { continue }
            let error = EventLogError.kafka(code, "a record of transactional id '\(id)' is not written", at: place)
            if error.kafkaBlamesRecords {
                isSpent = true
                return TransactionFailure(kind: .refused(send: number), error: error)
            }
            purged = TransactionFailure(kind: .abortable, error: client.events.explain(error, since: start))
        }
        guard let purged else { return nil }
        return cause() ?? purged
    }

    /// Why librdkafka gave the transaction up: it tells when another is begun, which it refuses while one is open.
    private func cause() -> TransactionFailure? {
        let now = ContinuousClock.now
        guard let error = client.use({ rd_kafka_begin_transaction($0) }) else { return nil }
        defer { rd_kafka_error_destroy(error) }
        guard rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__STATE else { return nil }
        let failure = TransactionFailure(kafka: error, .begin, id: id, client.events, since: now)
        guard failure.kind == .abortable, let place = client.events.takeRefusedPlace(),
            let number = sends.firstIndex(where: { $0.topics.contains(place.topic) })
        else { return failure }
        let refusal = EventLogError(failure.error.code, failure.error.message, at: place)
        guard refusal.kafkaBlamesRecords else { return failure }
        return TransactionFailure(kind: .refused(send: number), error: refusal)
    }
}

extension EventLogError {
    /// Whether it is the records' own fault, or their topic's: others may be written.
    fileprivate var kafkaBlamesRecords: Bool {
        switch code {
        case .unknownTopic, .partitionOutOfRange, .recordTooLarge, .unsupported, .corrupt, .invalidTopic: true
        case .unauthorized: partition != nil
        default: false
        }
    }
}
