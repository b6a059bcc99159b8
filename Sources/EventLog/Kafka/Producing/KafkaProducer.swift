import CRdKafka
import StreamCore
import Synchronization

/// An idempotent producer; any thread may append.
final class KafkaProducer: @unchecked Sendable {  // `topics` is guarded by its mutex, the rest never changes.
    private let client: KafkaClient
    private let timeout: Duration
    /// The largest message that librdkafka takes, framing included.
    private let limit: Int
    private let topics = Mutex<[String: Address]>([:])

    /// Where librdkafka keeps what it knows of a topic; as a number, because pointers are not `Sendable`.
    private typealias Address = UInt

    init(_ configuration: KafkaConfiguration) throws(EventLogError) {
        client = try KafkaClient(.producer, configuration)
        timeout = configuration.deliveryTimeout
        limit = client.use { client in
            var text = [CChar](repeating: 0, count: 32)
            var size = text.count
            rd_kafka_conf_get(rd_kafka_conf(client), "message.max.bytes", &text, &size)
            return Int(String(kafka: text)) ?? 1_000_000
        }
    }

    deinit {
        for address in topics.withLock({ $0.values }) {
            OpaquePointer(bitPattern: address).map { rd_kafka_topic_destroy($0) }
        }
    }

    /// Whether the producer can do nothing any more and a new one is needed.
    var hasFailed: Bool {
        client.use { rd_kafka_fatal_error($0, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR }
    }

    /// Sends `records` and waits until all are acknowledged.
    ///
    /// - Returns: their offsets, by partition.
    /// - Throws: ``EventLogError`` when one is not, with its partition; others may be written.
    func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        let start = ContinuousClock.now
        try checkSizes(records)
        let handles = try records.topics.indices.map { index throws(EventLogError) in try topic(records.topics[index]) }
        let delivery = KafkaDelivery(records, handles)
        client.use { client in
            records.arena.withUnsafeBytes { arena in
                var message = KafkaMessage(client: client, arena: arena)
                defer { message.free() }
                for entry in records.entries {
                    guard let handle = handles[Int(entry.topic)] else { continue }
                    delivery.expect()
                    let error = send(entry, handle, &message, delivery, until: start + timeout)
                    if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                        delivery.refuse(entry, error)
                        return
                    }
                }
            }
        }
        // librdkafka gives up by itself when the time is over, and looks at the clock once a second.
        let done = delivery.wait(until: start + timeout + .seconds(5))
        do {
            return try delivery.result(isComplete: done, timeout)
        } catch {
            throw client.events.explain(error, since: start)
        }
    }

    private func send(
        _ entry: RecordBuffer.Entry, _ topic: OpaquePointer, _ message: inout KafkaMessage, _ delivery: KafkaDelivery,
        until deadline: ContinuousClock.Instant
    ) -> rd_kafka_resp_err_t {
        while true {
            let error = message.send(entry, topic, delivery)
            guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < deadline else { return error }
            delivery.waitForAny(upTo: .milliseconds(20))
        }
    }

    private func checkSizes(_ records: RecordBuffer) throws(EventLogError) {
        for entry in records.entries {
            var size = entry.byteCount + KafkaMessage.framing
            for header in entry.headers.entries { size += header.name.utf8.count + (header.value?.count ?? 0) + 10 }
            guard size <= limit else {
                throw EventLogError(
                    .recordTooLarge,
                    "a record takes \(size) bytes and message.max.bytes is \(limit); raise it here and at the brokers",
                    at: TopicPartition(records.topics[Int(entry.topic)], entry.partition))
            }
        }
    }

    private func topic(_ name: String) throws(EventLogError) -> OpaquePointer? {
        let address = topics.withLock { topics in
            if let address = topics[name] { return address }
            let address = client.use { UInt(bitPattern: rd_kafka_topic_new($0, name, nil)) }
            if address != 0 { topics[name] = address }
            return address
        }
        guard let topic = OpaquePointer(bitPattern: address) else {
            throw .kafka(rd_kafka_last_error(), "topic '\(name)' cannot be written to")
        }
        return topic
    }
}
