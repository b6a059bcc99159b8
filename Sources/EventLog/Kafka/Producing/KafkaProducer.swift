import CRdKafka
import StreamCore

/// An idempotent producer; any thread may append.
final class KafkaProducer: Sendable {
    private let client: KafkaClient
    private let sender: KafkaSender
    private let timeout: Duration

    init(_ configuration: KafkaConfiguration) throws(EventLogError) {
        client = try KafkaClient(.producer, configuration)
        sender = KafkaSender(client)
        timeout = configuration.deliveryTimeout
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
        let delivery = try sender.send(records, until: start + timeout)
        // librdkafka gives up by itself when the time is over, and looks at the clock once a second.
        let done = delivery.wait(until: start + timeout + .seconds(5))
        do {
            return try delivery.result(isComplete: done, timeout)
        } catch {
            throw client.events.explain(error, since: start)
        }
    }
}
