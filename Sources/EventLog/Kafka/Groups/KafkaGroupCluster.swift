import CRdKafka
import StreamCore

/// A Kafka cluster as the members of one application's group use it.
final class KafkaGroupCluster: GroupCluster {
    private let kafka: KafkaEventLog
    /// The client that asks for the group's positions; made at once, since finding the group's broker takes a while.
    private let positions: KafkaClient
    private let group: String

    /// How long ``stablePositions(group:_:)`` waits for open transactions.
    private static let stablePatience: Duration = .seconds(1)

    init(_ kafka: KafkaEventLog, group: String) throws(EventLogError) {
        guard !group.isEmpty, !group.utf8.contains(0) else {
            throw EventLogError(.invalidConfiguration, "an application needs a name; this one is '\(group)'")
        }
        self.kafka = kafka
        self.group = group
        positions = try KafkaClient(.positions(group: group), kafka.cluster.configuration)
    }

    var log: any EventLog { kafka }

    func prepareTasksTopic(_ name: String, partitions: Int32) throws(EventLogError) {
        let wanted = TopicSpecification(name, partitions: partitions, cleanup: .compact)
        if let count = try kafka.cluster.metadata().topics[name] {
            if count < partitions { try explained(wanted) { () throws(EventLogError) in try kafka.grow(wanted) } }
            return
        }
        try explained(wanted) { () throws(EventLogError) in
            do throws(EventLogError) {
                try kafka.createTopic(wanted)
            } catch {
                // Another instance of the application was faster.
                guard error.code == .topicExists else { throw error }
                try kafka.grow(wanted)
            }
        }
    }

    func hasMembers(group: String) throws(EventLogError) -> Bool? {
        // librdkafka 2.0 aborts the process when a group's broker cannot describe groups: brokers that are no Kafka.
        _ = try kafka.cluster.metadata()
        guard try kafka.cluster.hasController() else { return nil }
        let action = "the members of group '\(group)' cannot be counted"
        let answer = try KafkaAdmin(
            kafka.cluster.questions(), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, action,
            timeout: kafka.cluster.configuration.requestTimeout
        ) { client, options, queue in
            group.withCString { name in
                var groups: [UnsafePointer<CChar>?] = [name]
                rd_kafka_DescribeConsumerGroups(client, &groups, 1, options, queue)
            }
        }
        return try answer.memberCount(action) > 0
    }

    func makeMembership(_ group: GroupSpecification, tasksTopic: String) throws(EventLogError) -> any Membership {
        try KafkaMembership(group, topic: tasksTopic, kafka.cluster.configuration)
    }

    func makeTransactions(id: String, timeout: Duration) throws(EventLogError) -> any TransactionalProducer {
        try KafkaTransactions(id: id, timeout: timeout, kafka.cluster)
    }

    func stablePositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        // Everything else about groups is asked under its own name.
        guard group == self.group else { return try kafka.committedPositions(group: group, partitions) }
        do {
            return try kafka.positions(positions, of: group, Set(partitions), within: Self.stablePatience)
        } catch {
            // Not to be told apart: a transaction that is open, and a group whose broker is not found yet.
            guard error.code == .unavailable, positions.events.outage(at: .now) == nil else { throw error }
            throw EventLogError(
                .busy, "the positions of group '\(group)' are not final yet: a transaction that changes them is open")
        }
    }

    func watermarks(of partition: TopicPartition) throws(EventLogError) -> LogOffsets {
        try kafka.offsets(of: partition, isolation: .uncommitted)
    }

    /// Runs `body` and adds to its refusal what an administrator has to do instead.
    private func explained(
        _ wanted: TopicSpecification, _ body: () throws(EventLogError) -> Void
    ) throws(EventLogError) {
        do {
            try body()
        } catch {
            switch error.code {
            case .unauthorized, .unsupported:
                throw EventLogError(
                    error.code,
                    """
                    \(error.message). Have an administrator create or grow this topic: name '\(wanted.name)', \
                    \(wanted.partitions) partitions, cleanup.policy=compact, retention.ms=-1; and let these credentials \
                    read and write it
                    """)
            default: throw error
            }
        }
    }
}
