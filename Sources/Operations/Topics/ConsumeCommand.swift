import Console
import EventLog
import StreamCore

/// `topics consume`: records of a topic, as they are and as they come.
enum ConsumeCommand {
    static let from = Parameter.option(
        "from", ValueFormat.startPosition, default: .end, shown: "end",
        help: "where to start: beginning, end, OFFSET, -COUNT or @TIME")
    static let exitAtEnd = Parameter.flag(
        "exit-at-end", letter: "e", help: "end when everything that was there at the start is read")
    static let max = Parameter.option(
        "max", letter: "n", aliases: ["limit"], ValueFormat<Int64>.integer(1...Int64.max),
        help: "end after so many records")
    static let partition = Parameter.option(
        "partition", ValueFormat<Int32>.integer(0...Int32.max), help: "this partition only")
    static let keyFormat = Parameter.option(
        "key-format", .recordFormat, help: "how keys are read; as an application said, else by looking")
    static let valueFormat = Parameter.option(
        "value-format", .recordFormat, help: "how values are read; as an application said, else by looking")

    static let command = Command(
        "consume", summary: "print the records of a topic",
        details: """
            Goes on as records come, until it is interrupted, unless --exit-at-end or --max is given. Belongs to no group and
            moves no offsets. With -J, a line is {"topic","partition","offset","timestamp","key","value"} and "headers" where
            there are any; a key in a window is {"key","start","end"} in ms; bytes that are no text are
            {"encoding":"base64","data"}.
            """,
        examples: [
            Command.Example("topics consume reviews --from beginning --exit-at-end -J", "everything there is"),
            Command.Example("topics consume reviews --from -5", "the last five of each partition, and what comes"),
            Command.Example("topics consume counts --key-format string --value-format int64", "formats given by hand"),
        ],
        arguments: [TopicCommands.topic], options: [from, exitAtEnd, max, partition, keyFormat, valueFormat]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let topic = try log.existingTopic(try invocation[TopicCommands.topic])
        try Consumer(log, topic, invocation).run()
    }
}

/// Reads partitions and prints what they have.
private final class Consumer {
    private struct Part {
        var next: Int64
        let end: Int64
        /// Whether a record of the wanted time was seen.
        var isStarted: Bool
    }

    private let log: any EventLog
    private let topic: TopicDescription
    private let invocation: Invocation
    private let printer: RecordPrinter
    private let from: StartPosition
    private let exitAtEnd: Bool
    private var left: Int64
    private var parts: [TopicPartition: Part] = [:]

    init(_ log: any EventLog, _ topic: TopicDescription, _ invocation: Invocation) throws {
        self.log = log
        self.topic = topic
        self.invocation = invocation
        printer = try RecordPrinter(topic.name, invocation)
        from = try invocation[ConsumeCommand.from]
        exitAtEnd = try invocation[ConsumeCommand.exitAtEnd]
        left = try invocation[ConsumeCommand.max] ?? .max
    }

    func run() throws {
        let reader = try log.makeReader(isolation: .committed)
        try open(reader)
        let wake = reader.wake
        let watch = SignalWatch { _ in wake() }
        defer { watch.cancel() }
        while left > 0, watch.received == nil {
            let count = try parts.keys.sorted().reduce(0) { try $0 + read($1, reader) }
            try printer.rows.flush()
            if exitAtEnd, parts.values.allSatisfy({ $0.next >= $0.end }) { break }
            if count == 0, left > 0 { reader.wait(upTo: .milliseconds(500)) }
        }
        try printer.rows.finish()
        try watch.check()
        try printer.complain()
    }

    private func open(_ reader: any LogReader) throws {
        let wanted = try invocation[ConsumeCommand.partition]
        if let wanted, wanted >= topic.partitions {
            throw CommandError(
                .notFound, "topic '\(topic.name)' has \(topic.partitions) partitions, there is no \(wanted)",
                kind: "partitionOutOfRange")
        }
        for number in wanted.map({ $0...$0 }) ?? 0...(topic.partitions - 1) {
            let partition = TopicPartition(topic.name, number)
            let offsets = try log.offsets(of: partition, isolation: .committed)
            if case .offset(let offset) = from, wanted != nil, offset > offsets.end || offset < offsets.start {
                throw CommandError(
                    .notFound,
                    "offset \(offset) is not in \(partition), which has \(offsets.start) up to \(offsets.end)",
                    kind: "offsetOutOfRange")
            }
            let start = from.offset(in: offsets)
            try reader.open(partition, at: start)
            parts[partition] = Part(next: start, end: offsets.end, isStarted: from.notBefore == nil)
        }
    }

    /// Prints what is there of one partition; returns how far it came.
    private func read(_ partition: TopicPartition, _ reader: any LogReader) throws -> Int {
        guard var part = parts[partition], !exitAtEnd || part.next < part.end, left > 0 else { return 0 }
        let batch = try reader.read(partition, maxRecords: 1_000, maxBytes: 4 << 20)
        for record in batch.records where left > 0 && (!exitAtEnd || record.offset < part.end) {
            if !part.isStarted, let moment = from.notBefore, record.timestamp < moment { continue }
            part.isStarted = true
            try printer.print(record, of: partition)
            left -= 1
        }
        let progress = batch.nextOffset - part.next
        part.next = batch.nextOffset
        parts[partition] = part
        return Int(progress)
    }
}
