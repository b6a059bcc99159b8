import Console
import EventLog
import StateStores
import StreamCore
import Topology

/// A topic that an application's plan needs beside its inputs.
struct NeededTopic {
    enum Kind: String {
        case repartition
        case changelog
        case tasks
        case output
        case deadLetters = "dead letters"
    }

    let kind: Kind
    let specification: TopicSpecification

    var name: String { specification.name }
}

/// The topics that an application needs, and how many tasks it has, on a log as it is now.
struct NeededTopics {
    let application: KnownApplication
    /// How many tasks each subtopology has.
    private(set) var taskCounts: [Int32: Int32] = [:]
    /// Inputs that are not there, so that what depends on them is not known.
    private(set) var missingInputs: [String] = []
    private(set) var topics: [NeededTopic] = []
    /// The partition counts of all topics that the log has.
    private let known: [String: Int32]

    /// All tasks.
    var tasks: [TaskID] {
        taskCounts.sorted { $0.key < $1.key }.flatMap { number, count in (0..<count).map { TaskID(number, $0) } }
    }

    /// What `application` needs on `log`.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be asked; ``CommandError`` when inputs do not fit together.
    init(_ application: KnownApplication, _ log: any EventLog) throws {
        self.application = application
        known = Dictionary(try log.topics().map { ($0.name, $0.partitions) }) { first, _ in first }
        missingInputs = application.inputs.filter { known[$0] == nil }
        try settle()
        guard missingInputs.isEmpty else { return }
        addInternal(tasksPartitions: log.sharesTasksByTopic ? Int32(tasks.count) : 1)
        for topic in application.plan.tableTopics ?? [] {
            add(.output, .sharedTable(topic))
        }
        let widest = taskCounts.values.max() ?? 1
        for topic in application.outputs {
            add(.output, TopicSpecification(topic, partitions: widest))
        }
        add(.deadLetters, TopicSpecification(application.deadLetters, partitions: widest))
    }

    /// Whether the log has a topic of that name.
    func exists(_ topic: String) -> Bool { known[topic] != nil }

    /// The partitions that `task` reads.
    func inputs(of task: TaskID) -> [TopicPartition] {
        guard let part = application.plan.subtopologies.first(where: { $0.number == task.subtopology }) else {
            return []
        }
        return Set(application.sources(of: part).compactMap(\.topic)).sorted().map {
            TopicPartition($0, task.partition)
        }
    }

    /// Counts the tasks as `ExecutionPlan` does: inputs decide, then what is said of repartition topics, then the feeder.
    private mutating func settle() throws {
        let parts = application.plan.subtopologies
        let feeders = Dictionary(
            parts.flatMap { part in
                part.nodes.filter { $0.kind == .sink && $0.operation == "repartition" }.compactMap { node in
                    node.topic.map { ($0, (part: part.number, partitions: node.partitions)) }
                }
            }
        ) { first, _ in first }
        // Each round settles at least one part, because repartitioning has no cycles.
        for _ in parts {
            for part in parts where taskCounts[part.number] == nil {
                var fixed: (topic: String, count: Int32)?
                var free: [Int32] = []
                var isOpen = false
                for source in application.sources(of: part) {
                    guard let topic = source.topic else { continue }
                    let feeder = feeders[topic]
                    let isInbox = source.operation == "inbox"
                    let given = isInbox ? source.partitions : feeder == nil ? known[topic] : feeder?.partitions
                    if let count = given {
                        if let fixed, fixed.count != count {
                            throw CommandError(
                                .conflict,
                                "topics '\(fixed.topic)' (\(fixed.count) partitions) and '\(topic)' (\(count) partitions) are read together and need equal counts",
                                kind: "notCoPartitioned")
                        }
                        fixed = fixed ?? (topic, count)
                    } else if isInbox {
                        free.append(1)
                    } else if let feeder, let count = taskCounts[feeder.part] {
                        free.append(count)
                    } else {
                        isOpen = true
                    }
                }
                if !isOpen { taskCounts[part.number] = fixed?.count ?? free.max() ?? 1 }
            }
        }
    }

    private mutating func addInternal(tasksPartitions: Int32) {
        for part in application.plan.subtopologies {
            let count = taskCounts[part.number] ?? 1
            let between = Set(application.sources(of: part).compactMap(\.topic)).intersection(application.betweenSteps)
            for topic in between.sorted() {
                add(.repartition, .repartition(topic, partitions: count))
            }
            for (_, store) in application.plan.stores.sorted(by: { $0.key < $1.key }) {
                // A table that reads a topic as it is has that topic for its changelog.
                guard store.subtopology == part.number, let changelog = store.changelog,
                    !application.externalSources.contains(changelog)
                else { continue }
                add(.changelog, .changelog(changelog, of: store.specification, partitions: count))
            }
        }
        add(
            .tasks,
            TopicSpecification(
                InstanceStatus.topic(of: application.name), partitions: tasksPartitions, cleanup: .compact))
    }

    private mutating func add(_ kind: NeededTopic.Kind, _ specification: TopicSpecification) {
        topics.append(NeededTopic(kind: kind, specification: specification))
    }
}

extension EventLog {
    /// Whether members share tasks by a topic with a partition for each task, as on brokers.
    fileprivate var sharesTasksByTopic: Bool { !(self is EmbeddedEventLog) }
}
