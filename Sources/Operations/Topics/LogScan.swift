package import EventLog
package import StreamCore

/// A walk over what a topic holds now, partition by partition.
package struct LogScan {
    private let topic: TopicDescription
    private let log: any EventLog
    private let partitions: [Int32]
    private let start: Int64

    /// A walk over `topic`, or over one of its partitions.
    ///
    /// - Parameters:
    ///   - topic: the topic.
    ///   - log: where it is.
    ///   - partition: the partition; nil for all.
    ///   - start: the first offset of each that is wanted.
    package init(_ topic: TopicDescription, _ log: any EventLog, partition: Int32? = nil, from start: Int64 = 0) {
        self.topic = topic
        self.log = log
        self.start = start
        partitions = partition.map { [$0] } ?? Array(0..<topic.partitions)
    }

    /// Visits the committed records that are there when the walk reaches their partition; `body` returns whether to go on.
    ///
    /// - Throws: ``EventLogError``; what `body` throws.
    package func forEach(_ body: (LogRecord, TopicPartition) throws -> Bool) throws {
        let reader = try log.makeReader(isolation: .committed)
        for number in partitions {
            let place = TopicPartition(topic.name, number)
            let offsets = try log.offsets(of: place, isolation: .committed)
            var next = max(start, offsets.start)
            guard next < offsets.end else { continue }
            try reader.open(place, at: next)
            defer { reader.close(place) }
            while next < offsets.end {
                let batch: RecordBatch
                do throws(EventLogError) {
                    batch = try reader.read(place, maxRecords: 1_000, maxBytes: 4 << 20)
                } catch {
                    // Deleted while it was read: what is left is what there is.
                    guard error.code == .offsetOutOfRange else { throw error }
                    next = max(next + 1, try log.offsets(of: place, isolation: .committed).start)
                    try reader.open(place, at: next)
                    continue
                }
                for record in batch.records where record.offset < offsets.end {
                    guard try body(record, place) else { return }
                }
                if batch.nextOffset == next { reader.wait(upTo: .milliseconds(100)) }
                next = batch.nextOffset
            }
        }
    }
}
