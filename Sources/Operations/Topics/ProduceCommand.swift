import Console
import EventLog
import StreamCore

/// `topics produce`: lines into a topic.
enum ProduceCommand {
    static let file = Parameter.option(
        "file", letter: "f", ValueFormat<String>.path, default: "-", shown: "-, standard input",
        help: "the lines; - is standard input")
    static let format = Parameter.option(
        "format", ValueFormat.choice(LineFormat.self), default: .lines, shown: "lines",
        help: "lines: a line is a value; envelope: a line is what 'topics consume -J' prints")
    static let keyField = Parameter.option(
        "key-field", ValueFormat<String>.text.named("FIELD"),
        help: "the member of each line's JSON object that is the key")
    static let timestampField = Parameter.option(
        "timestamp-field", ValueFormat<String>.text.named("FIELD"),
        help: "the member that is the time: ms since 1970 or RFC 3339")
    static let key = Parameter.option("key", letter: "k", ValueFormat<String>.anyText, help: "one key for all lines")
    static let keyFormat = Parameter.option(
        "key-format", .recordFormat, default: .auto, shown: "auto", help: "how keys are written")
    static let valueFormat = Parameter.option(
        "value-format", .recordFormat, default: .auto, shown: "auto", help: "how values of envelopes are written")
    static let partition = Parameter.option(
        "partition", ValueFormat<Int32>.integer(0...Int32.max), help: "send everything there; else the key decides")
    static let keepPartitions = Parameter.flag(
        "keep-partitions", help: "send each envelope to the partition that it names")
    static let partitions = Parameter.option(
        "partitions", letter: "p", ValueFormat<Int32>.integer(1...10_000), default: 4,
        help: "how many partitions a topic gets that is not there yet (embedded log)")
    static let headers = Parameter.repeated(
        "header", letter: "H", .assignment, help: "a header for every record")
    static let strict = Parameter.flag("strict", help: "stop at the first line that cannot be used")

    /// What a line is.
    enum LineFormat: String, Sendable, CaseIterable {
        case lines
        case envelope
    }

    static let command = Command(
        "produce", summary: "send lines to a topic, one record a line",
        details: """
            The value is the line as it is; empty lines are passed over. Keys choose partitions by murmur2, as Kafka's own
            clients do; records without a key go round. A line without a usable key or time is sent all the same, without
            what is missing, with the present time; it is reported, and the exit code is 7.
            """,
        examples: [
            Command.Example(
                "topics produce reviews --file reviews.jsonl --key-field product --timestamp-field at", "a file of JSON"
            ),
            Command.Example("topics produce lines --key all < words.txt", "plain text under one key"),
            Command.Example(
                "topics consume a --from beginning --exit-at-end -J | tributary topics produce b --format envelope",
                "copy a topic"),
        ],
        arguments: [TopicCommands.topic],
        options: [
            file, format, keyField, timestampField, key, keyFormat, valueFormat, partition, keepPartitions, partitions,
            headers, strict,
        ]
    ) { invocation in
        let watch = SignalWatch()
        defer { watch.cancel() }
        let lines = try open(try invocation[file], watch)
        let log = try LogOptions.open(invocation)
        let topic = try destination(try invocation[TopicCommands.topic], log, invocation)
        let parser = try LineParser(invocation)
        let producer = try Producer(log, topic, invocation)
        try producer.run(lines, parser, watch)
    }

    private static func open(_ path: String, _ watch: SignalWatch) throws(CommandError) -> LineReader {
        do {
            return try LineReader(path) { watch.received != nil }
        } catch {
            throw CommandError(
                error.isMissing ? .notFound : .failure, "cannot read '\(error.path)': \(error.reason)")
        }
    }

    /// The topic; made when it is missing on the embedded log.
    private static func destination(
        _ name: String, _ log: any EventLog, _ invocation: Invocation
    ) throws -> TopicDescription {
        if let topic = try log.topic(name) {
            if invocation.isWritten(partitions), topic.partitions != (try invocation[partitions]) {
                invocation.warn(
                    "topic '\(name)' is there and has \(topic.partitions) partitions: --partitions has no effect")
            }
            return topic
        }
        guard try LogOptions.brokers(invocation) == nil else { return try log.existingTopic(name) }
        let count = try invocation[partitions]
        do {
            let topic = try log.createTopic(TopicSpecification(name, partitions: count))
            invocation.note("made topic '\(name)' with \(count) partitions in \(log.location)")
            return topic
        } catch {
            // Another process was faster.
            guard error.code == .topicExists else { throw error }
            return try log.existingTopic(name)
        }
    }
}
