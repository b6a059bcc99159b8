import CRdKafka
import Dispatch
import Foundation
import StreamCore

/// A list of partitions as librdkafka takes and answers it.
final class KafkaPartitionList {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?

    /// What librdkafka wrote into the list for one partition.
    struct Answer {
        let place: TopicPartition
        let offset: Int64
        let metadata: String
        let error: rd_kafka_resp_err_t
    }

    /// `partitions`, each with `offset`.
    init(_ partitions: [TopicPartition], offset: Int64 = Int64(RD_KAFKA_OFFSET_INVALID)) {
        pointer = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for place in partitions {
            rd_kafka_topic_partition_list_add(pointer, place.topic, place.partition)?.pointee.offset = offset
        }
    }

    /// `positions`, to be committed.
    convenience init(_ positions: [TopicPartition: CommittedPosition]) {
        self.init([])
        for (place, position) in positions {
            guard let element = rd_kafka_topic_partition_list_add(pointer, place.topic, place.partition) else {
                continue
            }
            element.pointee.offset = position.offset
            guard !position.metadata.isEmpty else { continue }
            // The list frees it.
            element.pointee.metadata = strdup(position.metadata).map { UnsafeMutableRawPointer($0) }
            element.pointee.metadata_size = position.metadata.utf8.count
        }
    }

    deinit { if let pointer { rd_kafka_topic_partition_list_destroy(pointer) } }

    /// The partitions with what is known of them now.
    func answers() -> [Answer] {
        guard let list = pointer?.pointee else { return [] }
        return UnsafeBufferPointer(start: list.elems, count: Int(list.cnt)).map { element in
            // Not terminated by a zero: the length counts.
            let metadata = UnsafeRawBufferPointer(start: element.metadata, count: element.metadata_size)
            return Answer(
                place: TopicPartition(String(cString: element.topic), element.partition), offset: element.offset,
                metadata: String(decoding: metadata, as: UTF8.self), error: element.err)
        }
    }
}

/// Waiting between two questions to a broker that has no answer yet.
enum KafkaPause {
    /// Waits 50 ms.
    static func short() { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50)) }
}
