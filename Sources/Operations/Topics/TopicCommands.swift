public import Console
import EventLog
import StreamCore

/// The noun `topics`: what is in the log, records in and out.
public enum TopicCommands {
    /// `topics list | describe | create | delete | produce | consume`.
    public static let command = Command(
        "topics", aliases: ["topic"], summary: "the topics of a log, and their records",
        examples: [
            Command.Example("topics list --data-dir ./data", "what is there"),
            Command.Example("topics produce reviews --file reviews.jsonl --key-field product", "records from a file"),
            Command.Example("topics consume reviews --from beginning --exit-at-end -J", "records as lines of JSON"),
        ],
        options: LogOptions.all,
        commands: [list, describe, create, delete, ProduceCommand.command, ConsumeCommand.command])

    static let topic = Parameter.argument("topic", ValueFormat<String>.text, help: "the topic's name")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "all topics with their sizes",
        examples: [
            Command.Example("topics list --data-dir ./data", "as a table"),
            Command.Example("topics list --data-dir ./data -o json", "as JSON"),
        ]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let rows = invocation.rows([
            Column("topic"), Column("partitions", .right), Column("records", .right), Column("cleanup"),
            Column("retention"),
        ])
        for topic in try log.topics().sorted(by: { $0.name < $1.name }) { try rows.write(summary(of: topic, log)) }
        try rows.finish()
    }

    private static let describe = Command(
        "describe", summary: "a topic's settings, and where each partition starts and ends",
        details: "Offsets count what compaction and aborted transactions took away too.",
        examples: [
            Command.Example("topics describe reviews --data-dir ./data", "as a table"),
            Command.Example("topics describe reviews --data-dir ./data -o json", "as JSON"),
        ],
        arguments: [topic]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let topic = try log.existingTopic(try invocation[topic])
        let partitions: [JSONValue] = try (0..<topic.partitions).map { number in
            let offsets = try log.offsets(of: TopicPartition(topic.name, number), isolation: .committed)
            return [
                "partition": .integer(Int64(number)), "start": .integer(offsets.start), "end": .integer(offsets.end),
                "records": .integer(offsets.end - offsets.start),
            ]
        }
        guard invocation.style.isTable else {
            guard case .object(let members) = try summary(of: topic, log) else { return }
            let own = members.filter { $0.name != "partitions" }
            return try invocation.show(.object(own + [JSONMember("partitions", .array(partitions))]))
        }
        try invocation.show(summary(of: topic, log))
        try invocation.output.write("\n")
        let rows = invocation.rows([
            Column("partition", .right), Column("start", .right), Column("end", .right), Column("records", .right),
        ])
        for partition in partitions { try rows.write(partition) }
        try rows.finish()
    }

    private static func summary(of topic: TopicDescription, _ log: any EventLog) throws -> JSONValue {
        var records: Int64 = 0
        for number in 0..<topic.partitions {
            let offsets = try log.offsets(of: TopicPartition(topic.name, number), isolation: .committed)
            records += offsets.end - offsets.start
        }
        return [
            "topic": .string(topic.name), "partitions": .integer(Int64(topic.partitions)),
            "records": .integer(records), "cleanup": topic.cleanup.map { .string($0.rawValue) } ?? .null,
            "retention": topic.retention.map { .string("\($0.milliseconds)ms") } ?? .null,
            "maxRecordBytes": topic.maxRecordBytes.map { .integer(Int64($0)) } ?? .null,
            "incarnation": topic.incarnation.isEmpty ? .null : .string(topic.incarnation),
        ]
    }
}

extension TopicCommands {
    private static let partitions = Parameter.option(
        "partitions", letter: "p", ValueFormat<Int32>.integer(1...10_000), default: 4, help: "how many partitions")
    private static let cleanup = Parameter.option(
        "cleanup", ValueFormat.choice(Cleanup.self), default: .delete, shown: "delete",
        help: "what happens to old records")
    private static let retention = Parameter.option(
        "retention", .duration, help: "how long records are kept; for ever without")
    private static let maxRecord = Parameter.option(
        "max-record", .size, help: "the largest record: key, value and headers together")
    private static let onlyMissing = Parameter.flag("if-missing", help: "do nothing when the topic is there")
    private static let yes = Parameter.flag(
        "yes", letter: "y", help: "do it; without this, only say what would be done")

    private enum Cleanup: String, CaseIterable, Sendable {
        case delete
        case compact
        case compactDelete = "compact,delete"

        var policy: CleanupPolicy { CleanupPolicy(rawValue: rawValue) ?? .delete }
    }

    private static let create = Command(
        "create", summary: "make a topic",
        examples: [
            Command.Example("topics create reviews --partitions 8 --data-dir ./data", "eight partitions"),
            Command.Example("topics create users --cleanup compact --data-dir ./data", "only the last of each key"),
        ],
        arguments: [topic], options: [partitions, cleanup, retention, maxRecord, onlyMissing]
    ) { invocation in
        let log = try LogOptions.open(invocation)
        let name = try invocation[topic]
        if try invocation[onlyMissing], try log.topic(name) != nil {
            return invocation.note("topic '\(name)' is there already")
        }
        try log.createTopic(
            TopicSpecification(
                name, partitions: try invocation[partitions], cleanup: try invocation[cleanup].policy,
                retention: try invocation[retention], maxRecordBytes: try invocation[maxRecord]?.bytes))
        invocation.note("made topic '\(name)' with \(try invocation[partitions]) partitions in \(log.location)")
    }

    private static let delete = Command(
        "delete", summary: "delete a topic with all its records",
        examples: [
            Command.Example("topics delete reviews --data-dir ./data", "say what would be done"),
            Command.Example("topics delete reviews --data-dir ./data --yes", "do it"),
        ],
        arguments: [topic], options: [yes]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let found = try log.existingTopic(try invocation[topic])
        guard try invocation[yes] else {
            return invocation.note(
                "would delete topic '\(found.name)' with \(found.partitions) partitions: add --yes to do it")
        }
        try log.deleteTopic(found.name)
        invocation.note("deleted topic '\(found.name)'")
    }
}
