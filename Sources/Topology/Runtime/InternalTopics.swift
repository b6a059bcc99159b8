import EventLog
import StateStores
import StreamCore

/// The topics that a plan needs: checked when they exist, created when they do not.
struct InternalTopics {
    private let plan: ExecutionPlan
    private let log: any EventLog

    init(_ plan: ExecutionPlan, _ log: any EventLog) {
        self.plan = plan
        self.log = log
    }

    /// Plans `topology` for the topics that `log` has.
    static func plan(_ topology: StreamTopology, _ log: any EventLog) throws -> ExecutionPlan {
        let known = try Dictionary(log.topics().map { ($0.name, $0.partitions) }) { first, _ in first }
        var external: [String: Int32] = [:]
        for node in topology.nodes {
            switch node.role {
            case .source(let topic, _, _), .sink(let topic, _, _): external[topic] = known[topic]
            default: break
            }
        }
        for table in topology.globalTables where known[table.topic] == nil {
            throw TopologyError(
                .missingTopic,
                "topic '\(table.topic)' of global table '\(table.name)' does not exist: create it with 'tributary topics create \(table.topic) --partitions N'"
            )
        }
        return try ExecutionPlan(topology, external: external)
    }

    /// Creates what is missing.
    ///
    /// - Throws: ``TopologyError`` when a topic exists with another partition count; ``EventLogError``.
    func create() throws {
        for (name, partitions) in plan.repartitionTopics {
            try ensure(TopicSpecification(name, partitions: partitions), exactly: true)
        }
        for (name, store, partitions) in plan.changelogTopics {
            var specification = TopicSpecification(name, partitions: partitions, cleanup: .compact)
            if case .window(_, let retention) = store.specification.kind {
                // A day more than the windows live, as Kafka Streams does: clocks of event time and log differ.
                specification.cleanup = .compactDelete
                specification.retention = .milliseconds(retention) + .days(1)
            }
            try ensure(specification, exactly: true)
        }
        try checkSources()
        let widest = plan.taskCounts.max() ?? 1
        for node in plan.topology.nodes {
            guard case .sink(let topic, key: _, value: _) = node.role else { continue }
            try ensure(TopicSpecification(topic, partitions: widest), exactly: false)
        }
        try ensure(TopicSpecification(plan.topology.deadLetterTopic, partitions: widest), exactly: false)
    }

    /// A topic that serves a table as changelog must not delete what the table still needs.
    private func checkSources() throws {
        for store in plan.topology.subtopologies.flatMap(\.stores) {
            guard let source = store.sourceTopic, let topic = try log.topic(source) else { continue }
            guard topic.cleanup == .delete, topic.retention != nil else { continue }
            throw TopologyError(
                .invalidSetting,
                "topic '\(source)' deletes old records, so table '\(store.specification.name)' cannot be restored from it: set its cleanup.policy to compact, or give the table a changelog of its own"
            )
        }
    }

    /// The largest record of internal topics: a journal entry holds a record and what a step made of it.
    private static let internalRecordBytes = 64 << 20

    private func ensure(_ specification: TopicSpecification, exactly: Bool) throws {
        var specification = specification
        if exactly { specification.maxRecordBytes = Self.internalRecordBytes }
        guard let topic = try log.topic(specification.name) else {
            // Another instance may have been faster.
            if try !create(specification) { try ensure(specification, exactly: exactly) }
            return
        }
        guard !exactly || topic.partitions == specification.partitions else {
            throw TopologyError(
                .incompatiblePlan,
                "topic '\(topic.name)' has \(topic.partitions) partitions, the plan needs \(specification.partitions): reset the application, or give the input its former number of partitions"
            )
        }
    }

    /// Whether this call created the topic.
    private func create(_ specification: TopicSpecification) throws -> Bool {
        do {
            try log.createTopic(specification)
            return true
        } catch {
            guard error.code == .topicExists else { throw error }
            return false
        }
    }

    /// Deletes what all readers of the repartition topics have committed (rule 9 of the design).
    func purgeRepartitionTopics() throws {
        for (name, partitions) in plan.repartitionTopics {
            let all = (0..<partitions).map { TopicPartition(name, $0) }
            for (partition, position) in try log.committedPositions(group: plan.topology.name, all) {
                try log.trim(partition, before: position.offset)
            }
        }
    }
}
