import Console
import EventLog
import StreamCore

/// Sends parsed lines in large batches and keeps account of those with a problem.
final class Producer {
    private static let batchRecords = 5_000
    private static let batchBytes = 4 << 20
    private static let shownProblems = 5

    private let log: any EventLog
    private let topic: TopicDescription
    private let invocation: Invocation
    private let partition: Int32?
    private let keepPartitions: Bool
    private let isStrict: Bool
    private var buffer = RecordBuffer()
    private var nextPartition: Int32 = 0
    private var sent: Int64 = 0
    private var incomplete: Int64 = 0
    private var refused: Int64 = 0
    private var empty: Int64 = 0

    init(_ log: any EventLog, _ topic: TopicDescription, _ invocation: Invocation) throws {
        self.log = log
        self.topic = topic
        self.invocation = invocation
        partition = try invocation[ProduceCommand.partition]
        keepPartitions = try invocation[ProduceCommand.keepPartitions]
        isStrict = try invocation[ProduceCommand.strict]
        if let partition, partition >= topic.partitions {
            throw CommandError(
                .notFound, "topic '\(topic.name)' has \(topic.partitions) partitions, there is no \(partition)",
                kind: "partitionOutOfRange")
        }
    }

    func run(_ lines: LineReader, _ parser: LineParser, _ watch: SignalWatch) throws {
        let progress = invocation.progress("sent")
        while let line = try read(lines) {
            if let record = parser.parse(line) { try take(record, line: lines.lineNumber) } else { empty += 1 }
            let isFull = buffer.count >= Self.batchRecords || buffer.byteCount >= Self.batchBytes
            if isFull || !lines.hasMore {
                try flush()
                progress.report(sent)
            }
            if watch.received != nil { break }
        }
        try flush()
        let duration = progress.finish()
        summarise(duration)
        try watch.check()
        try complain()
    }

    private func read(_ lines: LineReader) throws -> Bytes? {
        do {
            return try lines.next()
        } catch {
            try flush()
            throw CommandError(
                .failure, "cannot read '\(error.path)': \(error.reason)", hint: "\(sent) records were sent")
        }
    }

    private func take(_ record: ParsedLine, line: Int) throws {
        var record = record
        let size = (record.key?.count ?? 0) + (record.value?.count ?? 0) + record.headers.byteCount
        if let limit = topic.maxRecordBytes, size > limit {
            record.problem = "\(size) bytes, topic '\(topic.name)' takes \(limit)"
            record.isUnusable = true
        }
        if let wanted = record.partition, keepPartitions, wanted < 0 || wanted >= topic.partitions {
            record.problem = "partition \(wanted), topic '\(topic.name)' has \(topic.partitions)"
            record.isUnusable = true
        }
        if let problem = record.problem { try note(problem, line: line, isUnusable: record.isUnusable) }
        guard !record.isUnusable else { return }
        buffer.append(
            to: TopicPartition(topic.name, destination(of: record)), key: record.key, value: record.value,
            timestamp: record.timestamp, headers: record.headers)
    }

    private func note(_ problem: String, line: Int, isUnusable: Bool) throws {
        guard !isStrict else {
            try flush()
            throw CommandError(
                sent > 0 ? .partial : .failure, "line \(line): \(problem)",
                hint: "\(sent) records were sent before it; without --strict it is reported only", kind: "unusableLine")
        }
        if incomplete + refused < Self.shownProblems {
            let consequence = isUnusable ? "not sent" : "sent without what is missing"
            invocation.warn("line \(line): \(problem): \(consequence)")
        }
        if isUnusable { refused += 1 } else { incomplete += 1 }
    }

    private func destination(of record: ParsedLine) -> Int32 {
        if let partition { return partition }
        if keepPartitions, let partition = record.partition { return partition }
        if let key = record.key { return Murmur2.partition(key, of: topic.partitions) }
        defer { nextPartition = (nextPartition + 1) % topic.partitions }
        return nextPartition
    }

    private func flush() throws {
        guard !buffer.isEmpty else { return }
        do {
            try log.append(buffer)
            sent += Int64(buffer.count)
        } catch {
            // A log that does not tell its limit refuses a record only when it sees it.
            guard error.code == .recordTooLarge else { throw failure(error) }
            try sendOneByOne()
        }
        buffer.removeAll()
    }

    private func sendOneByOne() throws {
        for entry in buffer.entries {
            var single = RecordBuffer()
            single.append(
                to: TopicPartition(topic.name, entry.partition), key: buffer.key(of: entry),
                value: buffer.value(of: entry),
                timestamp: entry.timestamp, headers: entry.headers)
            do {
                try log.append(single)
                sent += 1
            } catch {
                guard error.code == .recordTooLarge else { throw failure(error) }
                if refused < Self.shownProblems { invocation.warn("\(error)") }
                refused += 1
            }
        }
    }

    private func failure(_ error: EventLogError) -> CommandError {
        let shown = ErrorTranslation.translate(error) ?? CommandError(.failure, "\(error)")
        return CommandError(
            shown.exitCode, shown.message, hint: "\(sent) records were sent before it", kind: shown.kind)
    }

    private func summarise(_ duration: Duration) {
        let seconds = Double(duration.milliseconds) / 1000
        var text = "sent \(sent) records to '\(topic.name)' in \(seconds) s"
        if empty > 0 { text += ", passed over \(empty) empty \(empty == 1 ? "line" : "lines")" }
        invocation.note(text)
    }

    private static func lines(_ count: Int64) -> String { count == 1 ? "1 line was" : "\(count) lines were" }

    private func complain() throws(CommandError) {
        guard incomplete + refused > 0 else { return }
        var parts: [String] = []
        if incomplete > 0 { parts.append("\(Self.lines(incomplete)) sent without a key or a time of their own") }
        if refused > 0 { parts.append("\(Self.lines(refused)) not sent") }
        throw CommandError(
            .partial, parts.joined(separator: "; "), hint: "the first of them are named above; the rest were sent",
            kind: "unusableLines")
    }
}

extension Headers {
    /// About how many bytes they take.
    fileprivate var byteCount: Int { entries.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) } }
}
