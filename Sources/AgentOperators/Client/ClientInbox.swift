import EventLog
import StreamCore

/// Where a client gets its replies.
public struct ClientInbox: Sendable, Hashable {
    /// The topic.
    public let topic: String
    let isOwn: Bool

    /// A topic that clients share, created when it does not exist.
    ///
    /// Each reads one of its partitions and passes over what is others'; records are deleted an hour after they were written.
    ///
    /// - Parameter topic: the topic's name.
    /// - Returns: the inbox.
    public static func shared(_ topic: String = "tributary-clients") -> ClientInbox {
        ClientInbox(topic: topic, isOwn: false)
    }

    /// A topic for this client alone, which creates it and deletes it when it is closed.
    ///
    /// - Parameter topic: the topic's name; another for each client.
    /// - Returns: the inbox.
    public static func own(_ topic: String) -> ClientInbox { ClientInbox(topic: topic, isOwn: true) }

    private static let sharedPartitions: Int32 = 8
    private static let retention = Duration.hours(1)

    /// Makes sure that the topic is there, and chooses the partition.
    ///
    /// - Throws: ``EventLogError`` when it is not and cannot be created.
    func open(on log: any EventLog) throws(EventLogError) -> TopicPartition {
        if let known = try log.topic(topic) {
            return TopicPartition(topic, isOwn ? 0 : Int32.random(in: 0..<max(1, known.partitions)))
        }
        let partitions = isOwn ? 1 : Self.sharedPartitions
        do {
            try log.createTopic(TopicSpecification(topic, partitions: partitions, retention: Self.retention))
        } catch {
            // Another client may have been faster.
            guard error.code == .topicExists else { throw error }
        }
        return TopicPartition(topic, Int32.random(in: 0..<partitions))
    }

    /// Removes what ``open(on:)`` may have made.
    func close(on log: any EventLog) {
        // Whoever is gone cannot be told; the topic's retention empties it.
        if isOwn { try? log.deleteTopic(topic) }
    }
}
