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
        for table in topology.globalTables where known[table.topic] == nil && !table.isMadeHere {
            throw TopologyError(
                .missingTopic,
                "topic '\(table.topic)' of global table '\(table.name)' does not exist: create it with 'tributary topics create \(table.topic) --partitions N'"
            )
        }
        return try ExecutionPlan(topology, external: external)
    }

    /// Creates what is missing; returns the plan with the partitions of what there is now.
    ///
    /// A sink that was just created has more than the one partition that the plan took it to have: with the old plan a key
    /// would change its partition at the next start.
    ///
    /// - Throws: ``TopologyError`` when a topic exists and cannot be used, or vanished; ``EventLogError``.
    func create(former: ApplicationManifest? = nil, acceptingLoss: Bool = false) throws -> ExecutionPlan {
        try checkSources()
        try InternalTopicPlan(plan, on: log, former: former).apply(to: log, acceptingLoss: acceptingLoss)
        let settled = try Self.plan(plan.topology, log)
        guard settled.tasks == plan.tasks else {
            throw TopologyError(
                .incompatiblePlan,
                "the sources of '\(plan.topology.name)' got another number of partitions while it started: start it again"
            )
        }
        return settled
    }

    /// Creates the topics of global tables that the application writes itself, because tables are filled before it joins.
    ///
    /// - Throws: ``EventLogError``.
    func createSharedTables() throws {
        for table in plan.topology.globalTables where table.isMadeHere {
            guard try log.topic(table.topic) == nil else { continue }
            do {
                try log.createTopic(.sharedTable(table.topic))
            } catch {
                // Another instance or application may have been faster.
                guard error.code == .topicExists else { throw error }
            }
        }
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

    /// Deletes what all readers of the repartition topics have committed (rule 9 of the design).
    func purgeRepartitionTopics() throws {
        for (partition, position) in try purgeable() { try log.trim(partition, before: position) }
    }

    /// Up to where all readers of the repartition topics have committed.
    func purgeable() throws -> [TopicPartition: Int64] {
        var positions: [TopicPartition: Int64] = [:]
        for (name, partitions) in plan.repartitionTopics {
            let all = (0..<partitions).map { TopicPartition(name, $0) }
            for (partition, position) in try log.committedPositions(group: plan.topology.name, all) {
                positions[partition] = position.offset
            }
        }
        return positions
    }

    /// Deletes what all readers of the repartition topics had committed some time ago.
    func purge(_ delay: inout PurgeDelay, now: Timestamp) throws {
        guard delay.keep > .zero else { return try purgeRepartitionTopics() }
        for (partition, position) in delay.due(try purgeable(), now: now) { try log.trim(partition, before: position) }
    }
}
