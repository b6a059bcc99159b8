import StreamCore

/// What a simulated cluster offers to the members of a group.
struct SimulatedGroupCluster: GroupCluster {
    private let simulated: SimulatedEventLog

    init(_ log: SimulatedEventLog) { simulated = log }

    var log: any EventLog { simulated }

    func patience(_ duration: Duration) -> @Sendable () -> Bool {
        let clock = simulated.connection.cluster.clock
        let end = clock.now() + duration
        return { clock.now() >= end }
    }

    func prepareTasksTopic(_ name: String, partitions: Int32) throws(EventLogError) {
        try simulated.ask("prepare tasks topic") { state, _ in
            let count = max(partitions, state.topics[name]?.partitions ?? 0)
            if state.topics[name]?.partitions != count { state.create(TopicSpecification(name, partitions: count)) }
        }
    }

    func hasMembers(group: String) throws(EventLogError) -> Bool? {
        try simulated.ask("members") { state, _ in state.groups[group]?.members.isEmpty == false }
    }

    func makeMembership(_ group: GroupSpecification, tasksTopic: String) throws(EventLogError) -> any Membership {
        let membership = SimulatedMembership(group, tasksTopic: tasksTopic, simulated.connection)
        simulated.connection.add(membership)
        return membership
    }

    func makeTransactions(id: String, timeout: Duration) throws(EventLogError) -> any TransactionalProducer {
        SimulatedProducer(id, timeout: timeout, simulated.connection)
    }

    func stablePositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        try simulated.committedPositions(group: group, partitions)
    }

    func watermarks(of partition: TopicPartition) throws(EventLogError) -> LogOffsets {
        try simulated.offsets(of: partition, isolation: .uncommitted)
    }
}
