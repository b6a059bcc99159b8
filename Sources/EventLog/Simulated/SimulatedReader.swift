import StreamCore

/// Reads partitions of the simulated cluster.
final class SimulatedReader: LogReader {
    private let log: SimulatedEventLog
    private let isolation: IsolationLevel
    private var positions: [TopicPartition: Int64] = [:]

    init(_ log: SimulatedEventLog, _ isolation: IsolationLevel) {
        self.log = log
        self.isolation = isolation
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) {
        let isKnown = try log.ask("open") { state, _ in state.partitions[source] != nil }
        guard isKnown else { throw SimulatedEventLog.unknown(source) }
        positions[source] = offset
    }

    func close(_ source: TopicPartition) { positions[source] = nil }

    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        guard let position = positions[source] else {
            throw EventLogError(.closed, "the partition is not open", at: source)
        }
        let found = try log.ask("read") { state, _ -> ([LogRecord], Int64)? in
            guard let partition = state.partitions[source], position >= partition.start,
                position <= partition.highWatermark
            else { return nil }
            // As fetches do: a part of what is there, anywhere cut.
            let most = 1 + state.random.below(min(maxRecords, 20))
            return partition.read(from: position, isolation, maxRecords: most)
        }
        guard let (records, next) = found else {
            throw EventLogError(.offsetOutOfRange, "offset \(position) is not in the partition", at: source)
        }
        positions[source] = next
        return RecordBatch(source: source, records: records, nextOffset: next)
    }

    func wait(upTo duration: Duration) { log.connection.pause(duration) }

    /// A simulation wakes nobody: time does.
    var wake: @Sendable () -> Void { {} }
}
