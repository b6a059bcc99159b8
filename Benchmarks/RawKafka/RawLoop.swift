import CRdKafka
import Foundation

/// The least that consuming and producing can cost: librdkafka alone, one thread, no transactions, no order kept.
///
/// Reads `input` from its start, drops every second record as map + filter does, cuts the value to 50 bytes, and produces the rest
/// to `output` with an idempotent producer and a linger of 20 ms.
struct RawLoop {
    let servers: String
    let input: String
    let output: String
    let partitions: Int32

    /// What librdkafka did not do.
    struct Failure: Error { let text: String }

    /// Moves `records` records; returns how many were read.
    func run(records: Int) throws -> Int {
        let consumer = try client(
            RD_KAFKA_CONSUMER,
            ["group.id": "raw-loop", "enable.auto.commit": "false", "fetch.wait.max.ms": "20", "check.crcs": "true"])
        defer { rd_kafka_destroy(consumer) }
        let producer = try client(RD_KAFKA_PRODUCER, ["enable.idempotence": "true", "linger.ms": "20"])
        defer { rd_kafka_destroy(producer) }
        rd_kafka_poll_set_consumer(consumer)
        let list = rd_kafka_topic_partition_list_new(partitions)
        for partition in 0..<partitions {
            rd_kafka_topic_partition_list_add(list, input, partition)?.pointee.offset = 0
        }
        rd_kafka_assign(consumer, list)
        rd_kafka_topic_partition_list_destroy(list)
        guard let topic = rd_kafka_topic_new(producer, output, nil), let queue = rd_kafka_queue_get_consumer(consumer)
        else { throw Failure(text: "no topic or queue") }
        defer {
            rd_kafka_queue_destroy(queue)
            rd_kafka_topic_destroy(topic)
        }
        let read = try move(records, from: queue, to: topic, producer)
        guard rd_kafka_flush(producer, 60_000) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw Failure(text: "records are not acknowledged")
        }
        return read
    }

    private func move(
        _ records: Int, from queue: OpaquePointer, to topic: OpaquePointer, _ producer: OpaquePointer
    ) throws -> Int {
        var room = [UnsafeMutablePointer<rd_kafka_message_t>?](repeating: nil, count: 1_000)
        var read = 0
        let deadline = ContinuousClock.now + .seconds(300)
        while read < records {
            let count = rd_kafka_consume_batch_queue(queue, 100, &room, room.count)
            for index in 0..<max(0, count) {
                guard let message = room[index] else { continue }
                defer { rd_kafka_message_destroy(message) }
                guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                read += 1
                let value = message.pointee.payload?.assumingMemoryBound(to: UInt8.self)
                guard let value, message.pointee.len > 7, value[7] & 1 == 0 else { continue }
                while rd_kafka_produce(
                    topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message.pointee.payload,
                    min(50, message.pointee.len), message.pointee.key, message.pointee.key_len, nil) == -1
                { rd_kafka_poll(producer, 10) }
            }
            rd_kafka_poll(producer, 0)
            guard ContinuousClock.now < deadline else {
                throw Failure(text: "\(read) of \(records) records in 5 minutes")
            }
        }
        return read
    }

    private func client(_ kind: rd_kafka_type_t, _ properties: [String: String]) throws -> OpaquePointer {
        let settings = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 512)
        for (name, value) in properties.merging(
            ["bootstrap.servers": servers, "log_level": "3"], uniquingKeysWith: { $1 })
        {
            guard rd_kafka_conf_set(settings, name, value, &text, text.count) == RD_KAFKA_CONF_OK else {
                throw Failure(text: "property \(name)=\(value)")
            }
        }
        guard let client = rd_kafka_new(kind, settings, &text, text.count) else { throw Failure(text: "no client") }
        return client
    }
}
