import StateStores
public import StreamCore

/// A topology on a given log: how many tasks it makes, and which internal topics they need.
public struct ExecutionPlan: Sendable {
    /// The topology.
    public let topology: StreamTopology
    /// How many partitions every topic that the topology reads or writes has, internal ones included.
    public let partitions: [String: Int32]
    /// How many tasks each subtopology has, by its number.
    public let taskCounts: [Int32]

    /// All tasks.
    public var tasks: [TaskID] {
        taskCounts.enumerated().flatMap { number, count in (0..<count).map { TaskID(Int32(number), $0) } }
    }

    /// Plans `topology` for topics with these partition counts.
    ///
    /// - Parameters:
    ///   - topology: what to run.
    ///   - external: the partition counts of the topics that exist, at least of all external sources.
    /// - Throws: ``TopologyError`` with code `missingTopic` or `notCoPartitioned`.
    public init(_ topology: StreamTopology, external: [String: Int32]) throws(TopologyError) {
        var partitions = external
        var counts: [Int32?] = Array(repeating: nil, count: topology.subtopologies.count)
        // Each round settles at least one subtopology, because repartitioning has no cycles.
        for _ in topology.subtopologies {
            for subtopology in topology.subtopologies where counts[Int(subtopology.number)] == nil {
                counts[Int(subtopology.number)] = try Self.settle(subtopology, of: topology, counts, &partitions)
            }
        }
        self.topology = topology
        self.partitions = partitions
        taskCounts = counts.map { $0 ?? 1 }
    }

    /// The task count of `subtopology`, or nil while a repartition topic it reads is not settled.
    private static func settle(
        _ subtopology: Subtopology, of topology: StreamTopology, _ counts: [Int32?],
        _ partitions: inout [String: Int32]
    ) throws(TopologyError) -> Int32? {
        var fixed: (topic: String, count: Int32)?
        var open: [(topic: String, count: Int32)] = []
        for source in subtopology.sources {
            guard let topic = topology.topic(of: source) else { continue }
            switch try Self.count(of: source, topic, in: topology, counts, partitions) {
            case .fixed(let count):
                if let fixed, fixed.count != count {
                    throw TopologyError(
                        .notCoPartitioned,
                        "topics '\(fixed.topic)' (\(fixed.count) partitions) and '\(topic)' (\(count) partitions) are read together and need equal counts: repartition one of them with 'repartition(named:partitions:)'"
                    )
                }
                fixed = fixed ?? (topic, count)
            case .free(let count): open.append((topic, count))
            case .unsettled: return nil
            }
        }
        let count = fixed?.count ?? open.map(\.count).max() ?? 1
        for (topic, _) in open { partitions[topic] = count }
        for source in subtopology.sources {
            if let topic = topology.topic(of: source) { partitions[topic] = count }
        }
        return count
    }

    private enum Count {
        case fixed(Int32)
        case free(Int32)
        case unsettled
    }

    private static func count(
        of source: PlanNode, _ topic: String, in topology: StreamTopology, _ counts: [Int32?],
        _ partitions: [String: Int32]
    ) throws(TopologyError) -> Count {
        if case .inbox(_, let count, _, _) = source.role { return count.map { .fixed($0) } ?? .free(1) }
        guard let feeder = source.feeder else {
            guard let count = partitions[topic] else {
                throw TopologyError(
                    .missingTopic,
                    "topic '\(topic)' does not exist: create it with 'tributary topics create \(topic) --partitions N'")
            }
            return .fixed(count)
        }
        if case .repartitionSink(_, let count?, _, _) = feeder.role { return .fixed(count) }
        let upstream = topology.subtopologies.first { $0.nodes.contains { $0 === feeder } }
        guard let upstream, let count = counts[Int(upstream.number)] else { return .unsettled }
        return .free(count)
    }

    /// The inputs of `task`: one partition of each of its subtopology's sources.
    public func inputs(of task: TaskID) -> [TopicPartition] {
        topology.subtopologies[Int(task.subtopology)].sources.compactMap { source in
            topology.topic(of: source).map { TopicPartition($0, task.partition) }
        }
    }

    /// The topics between steps, which nobody reads but the application: repartition topics and inboxes, with their partition
    /// counts.
    public var repartitionTopics: [(name: String, partitions: Int32)] {
        topology.nodes.compactMap { node in
            switch node.role {
            case .repartitionSource, .inbox: topology.topic(of: node).map { ($0, partitions[$0] ?? 1) }
            default: nil
            }
        }
    }

    /// The changelog topics that tasks write, with the store and the partition count of each.
    public var changelogTopics: [(name: String, store: StoreDeclaration, partitions: Int32)] {
        topology.subtopologies.flatMap { subtopology in
            subtopology.stores.filter { $0.sourceTopic == nil && $0.specification.isLogged }.map { store in
                (topology.changelogTopic(of: store), store, taskCounts[Int(subtopology.number)])
            }
        }
    }
}
