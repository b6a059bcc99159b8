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
        inner(try log.append(outer(records)))
    }

    func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        PrefixedReader(reader: try log.makeReader(isolation: isolation), outer: outer)
    }

    func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        var group = group
        group.application = prefix + group.application
        return PrefixedMember(member: try log.join(group), log: self)
    }

    func forgetGroup(_ application: String) throws(EventLogError) { try log.forgetGroup(prefix + application) }

    fileprivate func outer(_ place: TopicPartition) -> TopicPartition {
        TopicPartition(prefix + place.topic, place.partition)
    }

    fileprivate func inner(_ place: TopicPartition) -> TopicPartition {
        TopicPartition(String(place.topic.dropFirst(prefix.count)), place.partition)
    }

    fileprivate func inner<Value>(_ values: [TopicPartition: Value]) -> [TopicPartition: Value] {
        Dictionary(uniqueKeysWithValues: values.map { (inner($0.key), $0.value) })
    }

    fileprivate func outer(_ records: RecordBuffer) -> RecordBuffer {
        var renamed = RecordBuffer()
        for entry in records.entries {
            renamed.append(
                to: outer(TopicPartition(records.topics[Int(entry.topic)], entry.partition)),
                key: records.key(of: entry), value: records.value(of: entry), timestamp: entry.timestamp,
                headers: entry.headers)
        }
        return renamed
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

/// A member of a group in a ``PrefixedLog``.
final class PrefixedMember: GroupMember {
    private let member: any GroupMember
    private let log: PrefixedLog

    init(member: any GroupMember, log: PrefixedLog) {
        self.member = member
        self.log = log
    }

    var id: String { member.id }
    var incarnation: String { member.incarnation }

    func poll(_ listener: any AssignmentListener) throws(EventLogError) { try member.poll(listener) }

    func takeOver(
        _ task: TaskID, inputs: [TopicPartition], changelogs: [TopicPartition]
    ) throws(EventLogError) -> Takeover {
        let takeover = try member.takeOver(task, inputs: inputs.map(log.outer), changelogs: changelogs.map(log.outer))
        return Takeover(
            epoch: takeover.epoch, positions: log.inner(takeover.positions), changelogs: log.inner(takeover.changelogs))
    }

    func makeCommitter() throws(EventLogError) -> any TaskCommitter {
        PrefixedCommitter(committer: try member.makeCommitter(), log: log)
    }

    func leave() { member.leave() }
}

/// A committer of a ``PrefixedMember``.
final class PrefixedCommitter: TaskCommitter {
    private let committer: any TaskCommitter
    private let log: PrefixedLog

    init(committer: any TaskCommitter, log: PrefixedLog) {
        self.committer = committer
        self.log = log
    }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        let renamed = commits.map { commit in
            TaskCommit(
                task: commit.task, epoch: commit.epoch,
                positions: Dictionary(
                    uniqueKeysWithValues: commit.positions.map { (log.outer($0.key), $0.value) }),
                records: log.outer(commit.records))
        }
        return try committer.commit(renamed).map { outcome in
            guard let receipt = outcome.receipt else { return outcome }
            return .committed(CommitReceipt(commitID: receipt.commitID, appended: log.inner(receipt.appended)))
        }
    }
}
