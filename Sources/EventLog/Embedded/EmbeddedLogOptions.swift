public import StreamCore

/// How an embedded log is opened.
public struct EmbeddedLogOptions: Sendable {
    /// What to do when the folder holds no log.
    public enum Opening: Sendable, Hashable {
        /// Create one, with all folders on the way.
        case createIfMissing
        /// Fail: for tools that only look at what is there.
        case existing
    }

    /// What to do when the folder holds no log.
    public var opening: Opening
    /// The largest record (key + value + headers, in bytes) of topics without a limit of their own; 1 to 512 MiB.
    public var maxRecordBytes: Int
    /// How long a call waits for another process's lock before it fails with `busy`.
    public var patience: Duration
    /// Where the time for retention, compaction and commit identities comes from.
    public var clock: any WallClock
    /// How long a deletion mark stays in a compacted topic, so that slow readers see it; Kafka's `delete.retention.ms`.
    public var tombstoneRetention: Duration
    /// How old a record is before compaction touches it, so that the last checkpoints stay valid prefixes.
    public var compactionLag: Duration
    /// How many new records a partition has before compaction looks at it.
    public var compactionThreshold: Int64

    /// The largest number of pages the file may have: for tests of a full disk.
    var maxPages: Int?

    /// Options as they suit most applications.
    public init(
        opening: Opening = .createIfMissing, maxRecordBytes: Int = 8 << 20, patience: Duration = .seconds(5),
        clock: any WallClock = SystemWallClock(), tombstoneRetention: Duration = .hours(24),
        compactionLag: Duration = .minutes(10), compactionThreshold: Int64 = 10_000
    ) {
        self.opening = opening
        self.maxRecordBytes = maxRecordBytes
        self.patience = patience
        self.clock = clock
        self.tombstoneRetention = tombstoneRetention
        self.compactionLag = compactionLag
        self.compactionThreshold = compactionThreshold
    }
}
