import EventLog
import StreamCore

/// A log that keeps its topics and groups apart from others' in one cluster by a prefix of their names.
struct PrefixedLog: EventLog {
    let log: any EventLog
    let prefix: String

    var location: String { log.location }

    func topics() throws(EventLogError) -> [TopicDescription] {
        try log.topics().filter { $0.name.hasPrefix(prefix) }.map(inner)
    }

    func topic(_ name: String) throws(EventLogError) -> TopicDescription? { try log.topic(prefix + name).map(inner) }

    func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        var specification = specification
        // A bad name must stay bad.
        if !["", ".", ".."].contains(specification.name) { specification.name = prefix + specification.name }
        return inner(try log.createTopic(specification))
    }

    func deleteTopic(_ name: String) throws(EventLogError) { try log.deleteTopic(prefix + name) }

    func offsets(of partition: TopicPartition, isolation: IsolationLevel) throws(EventLogError) -> LogOffsets {
        try log.offsets(of: outer(partition), isolation: isolation)
    }

    func verify(_ mark: ChangelogMark, of changelog: TopicPartition) throws(EventLogError) -> ChangelogVerdict {
        try log.verify(mark, of: outer(changelog))
    }

    func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark {
        try log.mark(of: outer(changelog), at: position)
    }

    func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError) {
        try log.trim(outer(partition), before: offset)
    }

    func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance {
        try log.maintain(now: now, upTo: budget)
    }

    func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        let positions = try log.committedPositions(group: prefix + group, partitions.map(outer))
        return Dictionary(uniqueKeysWithValues: positions.map { (inner($0.key), $0.value) })
    }

    func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        var renamed = RecordBuffer()
        for entry in records.entries {
            renamed.append(
                to: TopicPartition(prefix + records.topics[Int(entry.topic)], entry.partition),
                key: records.key(of: entry), value: records.value(of: entry), timestamp: entry.timestamp,
                headers: entry.headers)
        }
        return Dictionary(uniqueKeysWithValues: try log.append(renamed).map { (inner($0.key), $0.value) })
    }

    func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        PrefixedReader(reader: try log.makeReader(isolation: isolation), outer: outer)
    }

    func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember { try log.join(group) }

    func forgetGroup(_ application: String) throws(EventLogError) { try log.forgetGroup(prefix + application) }

    private func outer(_ place: TopicPartition) -> TopicPartition {
        TopicPartition(prefix + place.topic, place.partition)
    }

    private func inner(_ place: TopicPartition) -> TopicPartition {
        TopicPartition(String(place.topic.dropFirst(prefix.count)), place.partition)
    }

    private func inner(_ topic: TopicDescription) -> TopicDescription {
        TopicDescription(
            name: String(topic.name.dropFirst(prefix.count)), partitions: topic.partitions, cleanup: topic.cleanup,
            retention: topic.retention, maxRecordBytes: topic.maxRecordBytes, incarnation: topic.incarnation)
    }
}

/// A reader of a ``PrefixedLog``.
final class PrefixedReader: LogReader {
    private let reader: any LogReader
    private let outer: (TopicPartition) -> TopicPartition

    init(reader: any LogReader, outer: @escaping (TopicPartition) -> TopicPartition) {
        self.reader = reader
        self.outer = outer
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) {
        try reader.open(outer(source), at: offset)
    }

    func close(_ source: TopicPartition) { reader.close(outer(source)) }

    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        let batch = try reader.read(outer(source), maxRecords: maxRecords, maxBytes: maxBytes)
        return RecordBatch(source: source, records: batch.records, nextOffset: batch.nextOffset)
    }

    func wait(upTo duration: Duration) { reader.wait(upTo: duration) }

    var wake: @Sendable () -> Void { reader.wake }
}
