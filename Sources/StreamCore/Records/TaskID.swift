/// A task: one partition of one subtopology; printed `subtopology_partition` as in Kafka Streams.
public struct TaskID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// The subtopology's number, from 0 in the order of the plan.
    public let subtopology: Int32
    /// The partition of the subtopology's inputs that the task reads.
    public let partition: Int32

    /// Partition `partition` of subtopology `subtopology`.
    public init(_ subtopology: Int32, _ partition: Int32) {
        self.subtopology = subtopology
        self.partition = partition
    }

    /// The task that `text` names, as ``description`` prints it; nil for other text.
    public init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let subtopology = Int32(parts[0]), let partition = Int32(parts[1]), subtopology >= 0,
            partition >= 0
        else { return nil }
        self.init(subtopology, partition)
    }

    /// Orders by subtopology, then by partition.
    public static func < (left: TaskID, right: TaskID) -> Bool {
        (left.subtopology, left.partition) < (right.subtopology, right.partition)
    }

    /// The two numbers as Kafka Streams prints them: `0_3`.
    public var description: String { "\(subtopology)_\(partition)" }
}
