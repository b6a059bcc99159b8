public import EventLog
public import StateStores
import StreamCore

extension TopicSpecification {
    /// The largest record of internal topics: a journal entry holds a record and what a step made of it.
    private static let internalRecordBytes = 64 << 20

    /// How a repartition topic is to be.
    public static func repartition(_ name: String, partitions: Int32) -> TopicSpecification {
        TopicSpecification(name, partitions: partitions, maxRecordBytes: internalRecordBytes)
    }

    /// How the topic of a global table is to be that applications write themselves.
    public static func sharedTable(_ name: String) -> TopicSpecification {
        TopicSpecification(name, partitions: 1, cleanup: .compact)
    }

    /// How the changelog topic of `store` is to be.
    public static func changelog(
        _ name: String, of store: StoreSpecification, partitions: Int32
    ) -> TopicSpecification {
        var specification = TopicSpecification(
            name, partitions: partitions, cleanup: .compact, maxRecordBytes: internalRecordBytes)
        if case .window(_, let retention) = store.kind {
            // A day more than the windows live, as Kafka Streams does: clocks of event time and log differ.
            specification.cleanup = .compactDelete
            specification.retention = .milliseconds(retention) + .days(1)
        }
        // Twice as long as a checkpoint is trusted: see RuntimeOptions.tombstoneRetention.
        specification.tombstoneRetention = .days(7)
        return specification
    }
}
