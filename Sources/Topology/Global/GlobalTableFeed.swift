import EventLog
import Observability
import StreamCore

/// Keeps an instance's global tables up to date; belongs to one thread.
///
/// Reads committed records of all partitions. The tables are filled to the high watermark before the first task runs; after that
/// they follow their topics, so a join with one depends on how far the instance has read, as in Kafka Streams.
final class GlobalTableFeed {
    private struct Part {
        let source: TopicPartition
        var position: Int64
        /// Where the topic ended when the instance started.
        let end: Int64
    }

    private let tables: GlobalTables
    private let reader: any LogReader
    private let counters: Counters
    private let journal: EventJournal
    private var parts: [Part] = []

    /// Opens all partitions of the tables' topics at their start.
    ///
    /// - Throws: ``EventLogError``.
    init(_ tables: GlobalTables, on log: any EventLog, _ counters: Counters, _ journal: EventJournal) throws {
        self.tables = tables
        self.counters = counters
        self.journal = journal
        reader = try log.makeReader(isolation: .committed)
        for topic in Set(tables.replicas.map(\.declaration.topic)).sorted() {
            guard let description = try log.topic(topic) else {
                throw EventLogError(.unknownTopic, "topic '\(topic)' of a global table does not exist: create it")
            }
            for partition in 0..<description.partitions {
                let source = TopicPartition(topic, partition)
                // The high watermark, not the last stable offset: what is committed may lie behind an open transaction.
                let offsets = try log.offsets(of: source, isolation: .uncommitted)
                parts.append(Part(source: source, position: offsets.start, end: offsets.end))
                try reader.open(source, at: offsets.start)
            }
        }
    }

    /// Whether the tables hold all that was there when the feed was made.
    var isCaughtUp: Bool { parts.allSatisfy { $0.position >= $0.end } }

    /// Ends the current wait; any thread may call it.
    var wake: @Sendable () -> Void { reader.wake }

    /// Reads a bounded piece of each partition; returns whether there was anything.
    ///
    /// - Throws: ``EventLogError`` other than an outage, which time mends.
    func step() throws -> Bool {
        var isBusy = false
        for index in parts.indices {
            let batch: RecordBatch
            do {
                batch = try reader.read(parts[index].source, maxRecords: 4_000, maxBytes: 4 << 20)
            } catch {
                guard error.isRetriable else { throw error }
                journal.warning("a global table cannot be read and is tried again", ["error": "\(error)"])
                continue
            }
            for record in batch.records { apply(record, from: parts[index].source) }
            if batch.nextOffset > parts[index].position { parts[index].position = batch.nextOffset }
            if !batch.records.isEmpty { isBusy = true }
        }
        return isBusy
    }

    /// Waits until there may be more.
    func wait(upTo duration: Duration) { reader.wait(upTo: duration) }

    private func apply(_ record: LogRecord, from source: TopicPartition) {
        do {
            try tables.apply(record, from: source.topic)
        } catch {
            counters.add([Counters.Key("records_dropped", step: source.topic, reason: "undecodable"): 1])
            journal.warning(
                "a record of a global table is skipped",
                ["source": "\(source)", "offset": "\(record.offset)", "error": "\(error)"])
        }
    }
}
