package import StreamCore

/// One process's event log on a simulated cluster.
package final class SimulatedEventLog: EventLog {
    package let connection: SimulatedConnection
    /// Stands between the rules of groups and the brokers; a test plants faults here.
    let wrap: @Sendable (any GroupCluster) -> any GroupCluster

    /// The log of the process behind `connection`.
    package convenience init(_ connection: SimulatedConnection) { self.init(connection) { $0 } }

    init(_ connection: SimulatedConnection, wrap: @escaping @Sendable (any GroupCluster) -> any GroupCluster) {
        self.connection = connection
        self.wrap = wrap
    }

    package var location: String { "simulated" }

    /// A request that only asks.
    func ask<Result>(
        _ what: String, _ effect: (inout SimulatedCluster.State, Timestamp) -> Result
    ) throws(EventLogError) -> Result {
        do throws(SimulatedConnection.Trouble) {
            return try connection.exchange(what, effect)
        } catch { throw error.error }
    }

    package func topics() throws(EventLogError) -> [TopicDescription] {
        try ask("topics") { state, _ in state.topics.values.sorted { $0.name < $1.name } }
    }

    package func topic(_ name: String) throws(EventLogError) -> TopicDescription? {
        try ask("topic") { state, _ in state.topics[name] }
    }

    package func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        let made = try ask("create topic") { state, _ -> TopicDescription? in
            guard state.topics[specification.name] == nil else { return nil }
            state.create(specification)
            return state.topics[specification.name]
        }
        guard let made else { throw EventLogError(.topicExists, "topic '\(specification.name)' exists") }
        return made
    }

    package func deleteTopic(_ name: String) throws(EventLogError) {
        throw EventLogError(.unsupported, "simulated topics cannot be deleted")
    }

    package func offsets(
        of partition: TopicPartition, isolation: IsolationLevel
    ) throws(EventLogError) -> LogOffsets {
        let found = try ask("offsets") { state, _ in
            state.partitions[partition].map { LogOffsets(start: $0.start, end: $0.end(isolation)) }
        }
        guard let found else { throw Self.unknown(partition) }
        return found
    }

    package func verify(
        _ mark: ChangelogMark, of changelog: TopicPartition
    ) throws(EventLogError) -> ChangelogVerdict {
        let described = try topic(changelog.topic)
        guard described?.incarnation == mark.incarnation else { return .diverged }
        // With everything counted: what is stored may lie behind the first open transaction.
        let offsets = try offsets(of: changelog, isolation: .uncommitted)
        if mark.position > offsets.end { return .ahead }
        return mark.position < offsets.start ? .belowStart : .prefix
    }

    package func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark {
        let described = try topic(changelog.topic)
        return ChangelogMark(position: position, commitID: 0, incarnation: described?.incarnation ?? "")
    }

    package func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        let found = try ask("committed positions") { state, _ -> [TopicPartition: CommittedPosition]? in
            guard let group = state.groups[group] else { return [:] }
            if group.isUnstable(partitions) { return nil }
            return group.positions.filter { partitions.contains($0.key) }
        }
        guard let found else { throw EventLogError(.busy, "an open transaction holds positions of '\(group)'") }
        return found
    }

    package func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        var appended: [TopicPartition: Range<Int64>] = [:]
        for (place, entries) in records.byPartition {
            let range = try ask("append") { state, _ -> Range<Int64>? in
                guard state.partitions[place] != nil else { return nil }
                return state.append(entries, of: records, to: place, transaction: nil)
            }
            guard let range else { throw Self.unknown(place) }
            appended[place] = range
        }
        return appended
    }

    package func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        SimulatedReader(self, isolation)
    }

    package func join(_ group: GroupSpecification) throws(EventLogError) -> any GroupMember {
        try BrokeredMember(group, on: wrap(SimulatedGroupCluster(self)))
    }

    package func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError) {
        try ask("trim") { state, _ in state.partitions[partition]?.trim(before: offset) }
    }

    package func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance {
        LogMaintenance()
    }

    package func forgetGroup(_ application: String) throws(EventLogError) {
        throw EventLogError(.unsupported, "simulated groups cannot be forgotten")
    }

    static func unknown(_ partition: TopicPartition) -> EventLogError {
        EventLogError(.unknownTopic, "no such partition in the simulated cluster", at: partition)
    }
}

extension RecordBuffer {
    /// The entries of each partition, in order; partitions in the order of their first entry.
    var byPartition: [(TopicPartition, [Entry])] {
        var found: [(TopicPartition, [Entry])] = []
        for entry in entries {
            let place = TopicPartition(topics[Int(entry.topic)], entry.partition)
            if let index = found.firstIndex(where: { $0.0 == place }) {
                found[index].1.append(entry)
            } else {
                found.append((place, [entry]))
            }
        }
        return found
    }
}
