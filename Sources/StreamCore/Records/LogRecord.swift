/// A record as a log stores it: bytes with a place.
public struct LogRecord: Sendable, Hashable {
    /// Its place in the partition.
    public let offset: Int64
    /// Its time; negative when the producer gave none.
    public let timestamp: Timestamp
    /// Its key; nil is Kafka's null key.
    public let key: Bytes?
    /// Its value; nil is a tombstone.
    public let value: Bytes?
    /// Its headers.
    public let headers: Headers

    /// A record as read from a log.
    @inlinable public init(
        offset: Int64, timestamp: Timestamp, key: Bytes?, value: Bytes?, headers: Headers = .none
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// Consecutive records of one partition, as one read returned them; offsets ascend and may have gaps.
public struct RecordBatch: Sendable {
    /// Where the records come from.
    public let source: TopicPartition
    /// The records, offsets ascending; gaps are what compaction or aborted transactions left.
    public let records: [LogRecord]
    /// Where to read on; may lie beyond the last record's offset + 1.
    public let nextOffset: Int64

    /// A batch.
    public init(source: TopicPartition, records: [LogRecord], nextOffset: Int64) {
        self.source = source
        self.records = records
        self.nextOffset = nextOffset
    }
}
