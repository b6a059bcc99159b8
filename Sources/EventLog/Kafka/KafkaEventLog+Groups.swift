import CRdKafka
import Glibc
public import StreamCore

extension KafkaEventLog {
    /// All groups that the credentials may see, by name, whoever's they are.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`, `unavailable` or `unauthorized`.
    public func groups() throws(EventLogError) -> [GroupSummary] {
        let list = try KafkaGroupList(self, nil)
        guard list.isWhole else {
            throw EventLogError(
                .unavailable, "not all brokers of \(location) have told their groups; check that all are up")
        }
        return list.groups.map { GroupSummary(name: $0.name, state: $0.state, members: $0.members.count) }
            .sorted { $0.name < $1.name }
    }

    /// The group `name`; the tasks of an application's members are told by its tasks topic.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`, `unavailable` or `unauthorized`.
    public func group(_ name: String) throws(EventLogError) -> GroupDescription? {
        guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
        let list = try KafkaGroupList(self, name)
        guard let found = list.groups.first(where: { $0.name == name }) else {
            if list.isWhole { return nil }
            throw EventLogError(
                .unavailable, "group '\(name)': not all brokers of \(location) have answered; check that all are up")
        }
        // Brokers answer "dead" for what they do not know.
        if found.state == .dead, found.members.isEmpty { return nil }
        let topic = GroupSpecification(application: name, tasks: [], fingerprint: "").tasksTopic
        let reads = found.members.contains { $0.partitions.contains { $0.topic == topic } }
        let deadline = ContinuousClock.now + cluster.configuration.requestTimeout
        guard reads, let plan = try PlanRegister.read(topic, in: self, until: { ContinuousClock.now > deadline }) else {
            return found
        }
        let members = found.members.map { member in
            let mine = member.partitions.filter { $0.topic == topic }.map(\.partition)
            return GroupDescription.Member(
                id: member.id, clientID: member.clientID, host: member.host, partitions: member.partitions,
                tasks: plan.tasks(of: mine).sorted())
        }
        return GroupDescription(name: name, state: found.state, members: members)
    }

    /// All positions of `group`, of the topics that exist and that the credentials may see.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable`, `unauthorized` or `invalidConfiguration` (no group name).
    public func committedPositions(
        group: String
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        // Asked partition by partition: librdkafka 2.0's request for all of a group can bring the process down.
        let all = try cluster.metadata().topics.flatMap { topic, count in
            (0..<count).map { TopicPartition(topic, $0) }
        }
        return try committedPositions(group: group, all)
    }

    /// Commits positions for a group without members.
    ///
    /// - Throws: ``EventLogError`` with code `groupActive`, `unknownTopic`, `partitionOutOfRange`, `unauthorized` or
    ///   `unavailable`.
    public func setPositions(
        _ positions: [TopicPartition: CommittedPosition], of group: String
    ) throws(EventLogError) {
        guard !positions.isEmpty else { return }
        guard !group.isEmpty, !group.utf8.contains(0) else {
            throw EventLogError(.invalidConfiguration, "a consumer group needs a name; this one is '\(group)'")
        }
        for (place, position) in positions {
            guard position.offset >= 0, !position.metadata.utf8.contains(0) else {
                throw EventLogError(
                    .invalidConfiguration, "offset \(position.offset) cannot be a position; give 0 or more", at: place)
            }
            try cluster.check(place)
        }
        let client = try cluster.positions(of: group)
        let list = KafkaPartitionList(positions.keys.sorted())
        list.fill(positions)
        let timeout = cluster.configuration.requestTimeout
        let action = "the positions of group '\(group)' cannot be set"
        let start = ContinuousClock.now
        let failure = client.use { client in
            guard let queue = rd_kafka_queue_new(client) else { return RD_KAFKA_RESP_ERR__FAIL }
            defer { rd_kafka_queue_destroy(queue) }
            let sent = rd_kafka_commit_queue(client, list.pointer, queue, nil, nil)
            guard sent == RD_KAFKA_RESP_ERR_NO_ERROR else { return sent }
            guard let answer = rd_kafka_queue_poll(queue, timeout.kafkaMilliseconds) else {
                return RD_KAFKA_RESP_ERR__TIMED_OUT
            }
            defer { rd_kafka_event_destroy(answer) }
            return rd_kafka_event_error(answer)
        }
        guard failure != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        // What a broker says to somebody who is no member of a group that has some.
        let busy = [RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION].contains(failure)
        if busy { throw EventLogError(.groupActive, "\(action): it has members; stop them first") }
        throw client.events.explain(.kafka(failure, action), since: start)
    }

    /// Gives a topic more partitions and returns when they have leaders.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `invalidTopic`, `unauthorized`, `unavailable` or
    ///   `unsupported`.
    public func growTopic(_ name: String, to partitions: Int32) throws(EventLogError) {
        let action = "topic '\(name)' cannot be given \(partitions) partitions"
        guard let count = try cluster.metadata().topics[name] else {
            throw EventLogError(.unknownTopic, "topic '\(name)' does not exist on \(location)")
        }
        guard partitions >= count else {
            throw EventLogError(.invalidTopic, "\(action): it has \(count), and none can be taken away")
        }
        guard partitions > count else { return }
        guard try cluster.hasController() else { throw lacksController(action) }
        try grow(TopicSpecification(name, partitions: partitions))
    }

    /// That nobody leads the cluster: the mock, or an election that is going on.
    func lacksController(_ action: String) -> EventLogError {
        EventLogError(
            .unsupported,
            "\(action): the cluster at \(location) names no controller; it is no real cluster, or elects one now")
    }
}

extension KafkaPartitionList {
    /// Puts `positions` into the list, offset and metadata.
    fileprivate func fill(_ positions: [TopicPartition: CommittedPosition]) {
        guard let list = pointer?.pointee else { return }
        for index in 0..<Int(list.cnt) {
            let place = TopicPartition(String(cString: list.elems[index].topic), list.elems[index].partition)
            guard let position = positions[place] else { continue }
            list.elems[index].offset = position.offset
            guard !position.metadata.isEmpty else { continue }
            // librdkafka frees it with the list.
            list.elems[index].metadata = UnsafeMutableRawPointer(strdup(position.metadata))
            list.elems[index].metadata_size = position.metadata.utf8.count
        }
    }
}
