/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32

    /// Partition `partition` of `topic`.
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// Orders by topic, then by partition.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    /// The topic and the partition, as Kafka's tools print them: `reviews-3`.
    public var description: String { "\(topic)-\(partition)" }
}
