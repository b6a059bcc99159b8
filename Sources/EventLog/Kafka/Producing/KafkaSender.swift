import CRdKafka
import StreamCore
import Synchronization

/// Hands whole buffers of records to a producer's queue.
final class KafkaSender: @unchecked Sendable {  // `topics` is guarded by its mutex, the rest never changes.
    private let client: KafkaClient
    /// The largest message that librdkafka takes, framing included.
    private let limit: Int
    private let topics = Mutex<[String: Address]>([:])

    /// Where librdkafka keeps what it knows of a topic; as a number, because pointers are not `Sendable`.
    private typealias Address = UInt

    init(_ client: KafkaClient) {
        self.client = client
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

    /// Puts `records` into the queue, waiting for room there until `deadline`; the delivery hears what becomes of them.
    ///
    /// - Throws: ``EventLogError`` with code `recordTooLarge` before the first is sent.
    func send(
        _ records: RecordBuffer, until deadline: ContinuousClock.Instant
    ) throws(EventLogError) -> KafkaDelivery {
        try checkSizes(records)
        let handles = try records.topics.map { name throws(EventLogError) in try topic(name) }
        let delivery = KafkaDelivery(records, handles)
        client.use { client in
            records.arena.withUnsafeBytes { arena in
                var message = KafkaMessage(client: client, arena: arena)
                defer { message.free() }
                for entry in records.entries {
                    guard let handle = handles[Int(entry.topic)] else { continue }
                    delivery.expect()
                    let error = send(entry, handle, &message, delivery, until: deadline)
                    if error != RD_KAFKA_RESP_ERR_NO_ERROR {
                        delivery.refuse(entry, error)
                        return
                    }
                }
            }
        }
        return delivery
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
