/// AutoGen-Kafka's defaults: one table, whichever way a configuration comes.
public enum SeedDefaults {
    /// Partitions of a topic.
    public static let partitions = 3
    /// Partitions of a memory's topic: its messages are one sequence.
    public static let memoryPartitions = 1
    /// Copies of a topic.
    ///
    /// The original says 1 in its constructors and 3 when it reads a dictionary.
    public static let replication = 1
    /// Where a reader without a position begins.
    public static let offsetReset = OffsetReset.latest
    /// Where a memory's reader without a position begins.
    public static let memoryOffsetReset = OffsetReset.earliest
    /// The address of the schema registry.
    public static let registry = "http://localhost:8081"
}

/// Where a reader without a position begins.
public enum OffsetReset: String, Sendable, Hashable, CaseIterable {
    /// At the first record.
    case earliest
    /// Behind the last record.
    case latest
    /// Nowhere: that is an error.
    case none
}
