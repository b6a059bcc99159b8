public import StreamCore

/// Reads partitions by explicit position: no group, no automatic anything.
///
/// Belongs to one thread. Back-pressure is not to read: a partition that is not read costs nothing and holds nobody up.
public protocol LogReader: AnyObject {
    /// Starts reading `source` at `offset`.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic` or `partitionOutOfRange`.
    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError)

    /// Stops reading `source`.
    func close(_ source: TopicPartition)

    /// What is there now of an open partition, after what was read before; never waits, may be empty.
    ///
    /// At most `maxRecords`, and at most `maxBytes` but at least one record.
    ///
    /// - Throws: ``EventLogError`` with code `offsetOutOfRange` when the records were deleted, `unknownTopic` when the
    ///   topic was, `corrupt`, `unavailable`, ….
    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch

    /// Waits until an open partition may have more, ``wake`` was called, or `duration` has passed.
    ///
    /// Another process's append wakes it within 50 ms.
    func wait(upTo duration: Duration)

    /// Ends the current or the next ``wait(upTo:)``; any thread may call it.
    var wake: @Sendable () -> Void { get }
}
