public import EventLog
import StateStores
import StreamCore

/// The topics that an application needs besides its sources: what each is for, how it is to be, and whether it is so.
///
/// Any thread may use it; it is a value, found out once.
public struct InternalTopicPlan: Sendable, Hashable {
    /// What a topic is for.
    public enum Purpose: Sendable, Hashable {
        /// Brings records of one key together for the step of this name, or takes what others send it.
        case repartition(step: String)
        /// Holds the changes of this store.
        case changelog(store: String)
        /// Holds a table that this application writes, perhaps with others, and others read.
        case sharedTable
        /// Takes results, for others.
        case sink
        /// Takes records that could not be processed.
        case deadLetters
    }

    /// How a topic is found.
    public enum State: Sendable, Hashable {
        /// It does not exist, and that is as it should be.
        case missing
        /// It existed, the application has committed since, and now it is gone, with what it held.
        case vanished
        /// It may be used.
        case fine
        /// It exists and cannot be used; each reason says what to change.
        case wrong([String])
    }

    /// A topic of the plan.
    public struct Entry: Sendable, Hashable {
        /// How it is to be created.
        public let specification: TopicSpecification
        /// What it is for.
        public let purpose: Purpose
        /// How it is found.
        public let state: State

        /// Its name, partitions and settings, as Kafka's tools want them.
        public var summary: String {
            var settings = ["cleanup.policy=\(specification.cleanup.rawValue)"]
            if let tombstones = specification.tombstoneRetention {
                settings.append("delete.retention.ms=\(tombstones.milliseconds)")
            }
            if let retention = specification.retention { settings.append("retention.ms=\(retention.milliseconds)") }
            if let bytes = specification.maxRecordBytes { settings.append("max.message.bytes=\(bytes)") }
            return "\(specification.name): partitions \(specification.partitions), \(settings.joined(separator: ", "))"
        }
    }

    /// The topics, internal ones first.
    public let entries: [Entry]
    private let application: String

    /// Plans the topics of `topology` and looks for them in `log`.
    ///
    /// - Parameters:
    ///   - topology: what is to run.
    ///   - log: where it is to run.
    ///   - manifestDirectory: the folder of the manifests, which tell a topic that is new from one that vanished.
    /// - Throws: ``TopologyError`` with code `missingTopic` when a source does not exist; ``EventLogError``.
    public init(_ topology: StreamTopology, on log: any EventLog, manifestDirectory: String? = nil) throws {
        let manifest = try manifestDirectory.flatMap { try ApplicationManifest.read(topology.name, in: $0) }
        try self.init(InternalTopics.plan(topology, log), on: log, former: manifest)
    }

    init(_ plan: ExecutionPlan, on log: any EventLog, former: ApplicationManifest?) throws {
        application = plan.topology.name
        let known = try Dictionary(log.topics().map { ($0.name, $0) }) { first, _ in first }
        let wanted = Self.wanted(plan)
        let isAnyMissing = wanted.contains { known[$0.0.name] == nil }
        let hasHistory = try isAnyMissing && Self.hasCommitted(plan, log)
        entries = wanted.map { specification, purpose in
            guard let topic = known[specification.name] else {
                let isGone = hasHistory && Self.existed(specification.name, purpose, former)
                return Entry(specification: specification, purpose: purpose, state: isGone ? .vanished : .missing)
            }
            let flaws = Self.flaws(of: topic, specification, purpose)
            return Entry(specification: specification, purpose: purpose, state: flaws.isEmpty ? .fine : .wrong(flaws))
        }
    }

    private static func wanted(_ plan: ExecutionPlan) -> [(TopicSpecification, Purpose)] {
        var wanted: [(TopicSpecification, Purpose)] = []
        for node in plan.topology.nodes {
            let step: String
            switch node.role {
            case .repartitionSource(let name), .inbox(let name, _, _, _): step = name
            default: continue
            }
            guard let topic = plan.topology.topic(of: node) else { continue }
            wanted.append((.repartition(topic, partitions: plan.partitions[topic] ?? 1), .repartition(step: step)))
        }
        for (name, store, partitions) in plan.changelogTopics {
            let specification = TopicSpecification.changelog(name, of: store.specification, partitions: partitions)
            wanted.append((specification, .changelog(store: store.specification.name)))
        }
        for topic in plan.topology.sharedTables {
            wanted.append((.sharedTable(topic), .sharedTable))
        }
        let widest = plan.taskCounts.max() ?? 1
        for topic in plan.topology.sinks {
            wanted.append((TopicSpecification(topic, partitions: widest), .sink))
        }
        wanted.append((TopicSpecification(plan.topology.deadLetterTopic, partitions: widest), .deadLetters))
        var seen: Set<String> = []
        return wanted.filter { seen.insert($0.0.name).inserted }
    }

    /// Whether the application has ever committed on this log: a position that a tool set carries no times of a task.
    private static func hasCommitted(_ plan: ExecutionPlan, _ log: any EventLog) throws -> Bool {
        let sources = Set(plan.topology.externalSources)
        let inputs = plan.tasks.flatMap { plan.inputs(of: $0) }.filter { sources.contains($0.topic) }
        return try log.committedPositions(group: plan.topology.name, Array(Set(inputs)))
            .values.contains { !$0.metadata.isEmpty }
    }

    /// Whether a topic held what the application needs; without a manifest everything internal is taken to have been.
    private static func existed(_ name: String, _ purpose: Purpose, _ former: ApplicationManifest?) -> Bool {
        switch purpose {
        case .sink, .sharedTable, .deadLetters: return false
        case .repartition, .changelog: break
        }
        guard let former else { return true }
        return former.plan.stores.values.contains { $0.changelog == name }
            || former.plan.subtopologies.contains { $0.nodes.contains { $0.topic == name } }
    }

    private static func flaws(
        of topic: TopicDescription, _ wanted: TopicSpecification, _ purpose: Purpose
    ) -> [String] {
        var flaws: [String] = []
        switch purpose {
        case .sink, .deadLetters: return []
        case .sharedTable:
            if topic.cleanup == .delete {
                flaws.append("cleanup.policy is delete and must be compact: entries would be lost")
            }
            return flaws
        case .repartition:
            if let cleanup = topic.cleanup, cleanup != .delete {
                flaws.append("cleanup.policy is \(cleanup.rawValue) and must be delete: records would be lost")
            }
        case .changelog:
            if topic.cleanup == .delete {
                flaws.append("cleanup.policy is delete and must be \(wanted.cleanup.rawValue): state would be lost")
            }
        }
        if topic.partitions != wanted.partitions {
            flaws.append(
                "it has \(topic.partitions) partitions, the plan needs \(wanted.partitions): reset the application, or give the input its former number of partitions"
            )
        }
        return flaws
    }
}

extension InternalTopicPlan {
    /// What is to be created.
    public var missing: [Entry] { entries.filter { $0.state == .missing } }

    /// Makes sure that nothing vanished and nothing is wrong.
    ///
    /// - Parameter acceptingLoss: whether topics that vanished may be created anew, empty.
    /// - Throws: ``TopologyError`` with code `vanishedTopic` or `incompatiblePlan`, which names them all.
    public func check(acceptingLoss: Bool = false) throws(TopologyError) {
        let wrong = entries.compactMap { entry -> String? in
            guard case .wrong(let flaws) = entry.state else { return nil }
            return "topic '\(entry.specification.name)': \(flaws.joined(separator: "; "))"
        }
        guard wrong.isEmpty else { throw TopologyError(.incompatiblePlan, wrong.joined(separator: ". ")) }
        let vanished = entries.filter { $0.state == .vanished }.map { "'\($0.specification.name)'" }
        guard vanished.isEmpty || acceptingLoss else {
            throw TopologyError(
                .vanishedTopic,
                """
                '\(application)' has committed before, and \(vanished.joined(separator: ", ")) \
                \(vanished.count == 1 ? "is" : "are") not there (any more): what was in there is lost. Bring it back from \
                a backup, or start anew with 'reset'; when the step is new, or the loss is accepted, start once with \
                '--accept-lost-state'
                """)
        }
    }

    /// Creates what is missing; topics that vanished as well when `acceptingLoss`.
    ///
    /// - Throws: ``TopologyError`` of ``check(acceptingLoss:)``; ``EventLogError``: when the log does not let this process
    ///   create topics, one error that lists all that must be created, with their settings.
    public func apply(to log: any EventLog, acceptingLoss: Bool = false) throws {
        try check(acceptingLoss: acceptingLoss)
        let wanted = entries.filter { $0.state == .missing || $0.state == .vanished }
        for (number, entry) in wanted.enumerated() {
            do {
                try log.createTopic(entry.specification)
            } catch {
                switch error.code {
                // Another instance may have been faster.
                case .topicExists: try Self.confirm(entry, in: log)
                case .unauthorized, .unsupported:
                    let rest = wanted[number...].map(\.summary).joined(separator: "; ")
                    throw EventLogError(
                        error.code,
                        """
                        '\(application)' may not create topics here (\(error.message)). Have these created, then start \
                        again: \(rest)
                        """)
                default: throw error
                }
            }
        }
    }

    /// Looks at a topic that somebody else has just created.
    private static func confirm(_ entry: Entry, in log: any EventLog) throws {
        guard let topic = try log.topic(entry.specification.name) else { return }
        let flaws = flaws(of: topic, entry.specification, entry.purpose)
        guard flaws.isEmpty else {
            throw TopologyError(.incompatiblePlan, "topic '\(topic.name)': \(flaws.joined(separator: "; "))")
        }
    }
}
