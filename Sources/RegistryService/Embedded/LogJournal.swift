import EventLog
public import Schemas
import StreamCore
import Synchronization

/// A registry's journal in a topic with one partition.
public final class LogJournal: RegistryJournal {
    /// The topic that is used unless another is named.
    public static let defaultTopic = "_schemas"

    /// How long a broker may take to hand over what was appended.
    private static let patience = Duration.seconds(30)

    private struct Fold {
        var reader: (any LogReader)?
        var next: Int64 = 0
        var state = RegistryState()
        /// The topic may be deleted and made anew: then everything is read again.
        var incarnation = ""
    }

    private let log: any EventLog
    private let partition: TopicPartition
    private let fold: Mutex<Fold>

    init(log: any EventLog, topic: String) {
        self.log = log
        partition = TopicPartition(topic, 0)
        fold = Mutex(Fold())
    }

    /// All that was appended before this call, folded.
    ///
    /// - Throws: ``SchemaRegistryError``, `.unavailable`, when the log cannot be read or the topic is somebody else's.
    public func current() throws(SchemaRegistryError) -> RegistryState {
        try fold.withLock { fold throws(SchemaRegistryError) in
            guard try hasTopic(&fold) else { return RegistryState() }
            let end = try end()
            _ = try read(&fold, to: end, watching: nil)
            return fold.state
        }
    }

    /// Appends `entry` and reads up to it: what came of it says the fold, not the writer.
    ///
    /// - Throws: ``SchemaRegistryError``, `.unavailable`; then it may or may not have been appended, and to ask again is safe.
    public func append(_ entry: RegistryEntry) throws(SchemaRegistryError) -> RegistryState.Outcome {
        try fold.withLock { fold throws(SchemaRegistryError) in
            if try !hasTopic(&fold) { try makeTopic(&fold) }
            var records = RecordBuffer()
            records.append(
                to: partition, key: entry.event.subject.map { Bytes($0) }, value: entry.bytes,
                timestamp: SystemWallClock().now())
            let offset = try append(records)
            guard let outcome = try read(&fold, to: offset + 1, watching: offset) else {
                throw SchemaRegistryError(.unavailable, "record \(offset) of '\(partition.topic)' was not found again")
            }
            return outcome
        }
    }

    private func unavailable(_ action: String, _ error: any Error) -> SchemaRegistryError {
        SchemaRegistryError(
            .unavailable, "the registry's topic '\(partition.topic)' in \(log.location) cannot be \(action): \(error)")
    }

    private func hasTopic(_ fold: inout Fold) throws(SchemaRegistryError) -> Bool {
        let topic: TopicDescription?
        do { topic = try log.topic(partition.topic) } catch { throw unavailable("read", error) }
        guard let topic else {
            fold = Fold()
            return false
        }
        if topic.incarnation != fold.incarnation {
            fold = Fold()
            fold.incarnation = topic.incarnation
        }
        guard topic.partitions == 1 else {
            throw SchemaRegistryError(
                .unavailable,
                "topic '\(partition.topic)' has \(topic.partitions) partitions; a registry's has one: name another")
        }
        return true
    }

    private func makeTopic(_ fold: inout Fold) throws(SchemaRegistryError) {
        do {
            try log.createTopic(TopicSpecification(partition.topic, partitions: 1, cleanup: .delete, retention: nil))
        } catch {
            // Another process may have been first.
            if error.code != .topicExists { throw unavailable("made", error) }
        }
        _ = try hasTopic(&fold)
    }

    private func append(_ records: RecordBuffer) throws(SchemaRegistryError) -> Int64 {
        do {
            let offsets = try log.append(records)
            if let range = offsets[partition], let last = range.last { return last }
        } catch {
            throw unavailable("written", error)
        }
        throw SchemaRegistryError(.unavailable, "the log did not say where the record lies")
    }

    private func end() throws(SchemaRegistryError) -> Int64 {
        do { return try log.offsets(of: partition, isolation: .committed).end } catch {
            throw unavailable("read", error)
        }
    }

    /// Folds all records before `end`; returns what came of the one at `watched`.
    private func read(
        _ fold: inout Fold, to end: Int64, watching watched: Int64?
    ) throws(SchemaRegistryError) -> RegistryState.Outcome? {
        guard fold.next < end else { return nil }
        let reader = try openReader(&fold)
        let deadline = ContinuousClock.now + Self.patience
        var found: RegistryState.Outcome?
        while fold.next < end {
            let batch: RecordBatch
            do {
                batch = try reader.read(partition, maxRecords: 1_000, maxBytes: 8 << 20)
            } catch {
                fold.reader = nil
                throw unavailable("read", error)
            }
            for record in batch.records {
                let outcome = fold.state.apply(try entry(record))
                if record.offset == watched { found = outcome }
            }
            fold.next = max(fold.next, batch.nextOffset)
            guard fold.next < end, batch.records.isEmpty else { continue }
            guard ContinuousClock.now < deadline else {
                throw SchemaRegistryError(
                    .unavailable, "'\(partition.topic)' was read up to \(fold.next) of \(end) within \(Self.patience)")
            }
            reader.wait(upTo: .milliseconds(100))
        }
        return found
    }

    private func openReader(_ fold: inout Fold) throws(SchemaRegistryError) -> any LogReader {
        if let reader = fold.reader { return reader }
        do {
            let reader = try log.makeReader(isolation: .committed)
            if fold.next == 0 { fold.next = try log.offsets(of: partition, isolation: .committed).start }
            try reader.open(partition, at: fold.next)
            fold.reader = reader
            return reader
        } catch {
            throw unavailable("read", error)
        }
    }

    private func entry(_ record: LogRecord) throws(SchemaRegistryError) -> RegistryEntry {
        if let entry = record.value.flatMap({ RegistryEntry($0) }) { return entry }
        throw SchemaRegistryError(
            .unavailable,
            "record \(record.offset) of '\(partition.topic)' is none of this registry's, or of a newer version: "
                + "name another topic, or use the registry that wrote it by its address")
    }
}
