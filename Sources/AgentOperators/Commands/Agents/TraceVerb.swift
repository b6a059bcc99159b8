import Console
import EventLog
import Operations
import StreamCore

/// The verb `agents trace`: what one request caused, as the records themselves say.
enum TraceVerb {
    private static let subject = Parameter.argument(
        "id", ValueFormat<String>.text, help: "a trace (32 hexadecimal digits), a traceparent, or a message's id")
    private static let topics: Parameter<[String]> = Parameter.repeated(
        "topic", ValueFormat<String>.text, help: "look at this topic only")

    static let command = Command(
        "trace", summary: "all records of one trace, each below the record that caused it",
        details: """
            Reads the headers traceparent and trace-cause of all records that the topics still hold; no collector is asked. \
            Records are traced by applications that have one (OTEL_EXPORTER_OTLP_ENDPOINT), when whoever wrote the first \
            record gave it a traceparent, or when OTEL_TRACES_SAMPLER (always_on) lets the application begin traces.
            """,
        examples: [
            Command.Example("agents trace 4bf92f3577b34da6a3ce929d0e0e4736 --data-dir ./data", "a trace"),
            Command.Example("agents trace order-17 -o json --data-dir ./data", "the trace of a message"),
        ],
        arguments: [subject], options: [topics]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let wanted = try invocation[topics]
        for topic in wanted where try log.topic(topic) == nil {
            throw CommandError(
                .notFound, "there is no topic '\(topic)' in \(log.location)",
                hint: Suggestions.hint(for: topic, among: try log.topics().map(\.name)), kind: "unknownTopic")
        }
        let table = TraceTable(log, topics: wanted)
        let trace = try table.trace(of: try invocation[subject])
        let rows = invocation.rows([
            Column("record"), Column("after", .right), Column("kind"), Column("from"), Column("to"), Column("type"),
            Column("id"), Column("span", isWide: true), Column("time", isWide: true),
        ])
        let tree = TraceTree(try table.records(of: trace), isThere: table.holds)
        let start = tree.lines.compactMap(\.record?.timestamp).min() ?? .unknown
        for line in tree.lines { try rows.write(line.row(since: start, isTree: invocation.style.isTable)) }
        try rows.finish()
    }
}

/// A record of a trace.
struct TracedRecord: Sendable {
    let place: TopicPartition
    let offset: Int64
    let timestamp: Timestamp
    let trace: TraceContext
    /// The record that it was caused by; nil when it says none.
    let cause: String?
    let headers: Headers

    init?(_ record: LogRecord, at place: TopicPartition) {
        guard !record.headers.isEmpty, let trace = TraceContext(record.headers) else { return nil }
        self.place = place
        self.trace = trace
        offset = record.offset
        timestamp = record.timestamp
        // The cause is that of the trace: a header that was passed on past a new trace is none.
        cause = record.headers[TraceCause.header].flatMap { TraceCause.place($0) == nil ? nil : $0 }
        headers = Headers(record.headers.entries.map { Headers.Entry(name: $0.name, value: $0.value?.compact) })
    }

    /// Where it is, as others name it for their cause.
    var name: String { TraceCause.text(place, offset) }
}

/// Finds the records of a trace among all that the topics hold.
struct TraceTable {
    private let log: any EventLog
    private let topics: [String]

    init(_ log: any EventLog, topics: [String]) {
        self.log = log
        self.topics = topics
    }

    /// The trace that `subject` names.
    func trace(of subject: String) throws -> String {
        if let context = TraceContext(traceparent: subject) { return context.traceID }
        if subject.utf8.count == 32, subject.allSatisfy({ $0.isHexDigit }) { return subject.lowercased() }
        var found: String?
        var places: Set<String> = []
        try forEach { record, place in
            guard !record.headers.isEmpty, CorrelationHeader.names.contains(where: { record.headers[$0] == subject })
            else { return true }
            places.insert(TraceCause.text(place, record.offset))
            found = TraceContext(record.headers)?.traceID
            return found == nil
        }
        if let found { return found }
        // A trace that began with the message is only in the headers of what came of it.
        let isThere = !places.isEmpty
        if isThere {
            try forEach { record, place in
                guard let caused = TracedRecord(record, at: place), let cause = caused.cause, places.contains(cause)
                else { return true }
                found = caused.trace.traceID
                return false
            }
        }
        if let found { return found }
        throw CommandError(
            .notFound, isThere ? "message '\(subject)' carries no trace" : "no record has the id '\(subject)'",
            hint: isThere
                ? "its first writer sets traceparent, or the application begins traces: OTEL_TRACES_SAMPLER=always_on"
                : "ids are in the header \(CorrelationHeader.names[0]); see 'requests show'",
            kind: isThere ? "notTraced" : "unknownMessage")
    }

    /// All records of the trace, the oldest first.
    func records(of trace: String) throws -> [TracedRecord] {
        var found: [TracedRecord] = []
        try forEach { record, place in
            if let traced = TracedRecord(record, at: place), traced.trace.traceID == trace { found.append(traced) }
            return true
        }
        guard !found.isEmpty else {
            throw CommandError(
                .notFound, "no record belongs to the trace \(trace)", hint: "topics may have deleted them by now",
                kind: "unknownTrace")
        }
        return found.sorted {
            ($0.timestamp, $0.place.topic, $0.place.partition, $0.offset)
                < ($1.timestamp, $1.place.topic, $1.place.partition, $1.offset)
        }
    }

    /// Whether the log still has the record `name`, which a cause named.
    func holds(_ name: String) -> Bool {
        guard let (place, offset) = TraceCause.place(name),
            let offsets = try? log.offsets(of: place, isolation: .committed)
        else { return false }
        return offsets.start <= offset && offset < offsets.end
    }

    /// Shows all records that readers may see to `body` until that returns false.
    private func forEach(_ body: (LogRecord, TopicPartition) throws -> Bool) throws {
        let known = try log.topics().filter { topic in
            topics.isEmpty ? !topic.name.hasSuffix("-changelog") : topics.contains(topic.name)
        }
        let reader = try log.makeReader(isolation: .committed)
        for topic in known {
            for number in 0..<topic.partitions {
                guard try read(TopicPartition(topic.name, number), reader, body) else { return }
            }
        }
    }

    private func read(
        _ place: TopicPartition, _ reader: any LogReader, _ body: (LogRecord, TopicPartition) throws -> Bool
    ) throws -> Bool {
        let offsets = try log.offsets(of: place, isolation: .committed)
        guard offsets.start < offsets.end else { return true }
        try reader.open(place, at: offsets.start)
        defer { reader.close(place) }
        var position = offsets.start
        while position < offsets.end {
            let batch = try reader.read(place, maxRecords: 4_000, maxBytes: 4 << 20)
            for record in batch.records where try !body(record, place) { return false }
            if batch.records.isEmpty, batch.nextOffset == position { reader.wait(upTo: .milliseconds(100)) }
            position = batch.nextOffset
        }
        return true
    }
}

/// The records of a trace in the order of their tree.
struct TraceTree {
    struct Line {
        /// The record; nil when it is deleted, or carries no trace since the trace began with it.
        let record: TracedRecord?
        let name: String
        /// What is drawn before it.
        let branch: String
        let depth: Int
    }

    private(set) var lines: [Line] = []

    init(_ records: [TracedRecord], isThere: (String) -> Bool = { _ in false }) {
        let names = Set(records.map(\.name))
        // One that names itself, or one that is gone, has no cause here.
        func cause(of record: TracedRecord) -> String? {
            record.cause.flatMap { $0 != record.name && names.contains($0) ? $0 : nil }
        }
        let below = Dictionary(grouping: records, by: { cause(of: $0) ?? "" })
        // What is gone: deleted after it was read, as the records between steps are after a while. What is there
        // and carries no trace is what an application began the trace with.
        let gone = Dictionary(
            grouping: below[""] ?? [], by: { $0.cause.flatMap { names.contains($0) ? nil : $0 } ?? "" })
        var shown: Set<String> = []
        func show(_ group: [TracedRecord], _ indent: String, _ depth: Int) {
            for (index, record) in group.enumerated() where shown.insert(record.name).inserted {
                let isLast = index == group.count - 1
                let branch = depth == 0 ? "" : indent + (isLast ? "└─ " : "├─ ")
                lines.append(Line(record: record, name: record.name, branch: branch, depth: depth))
                let next = depth == 0 ? "" : indent + (isLast ? "   " : "│  ")
                // Headers are others' words: a chain that somebody made up must not end the stack.
                if depth < 200 { show(below[record.name] ?? [], next, depth + 1) }
            }
        }
        show(gone[""] ?? [], "", 0)
        for (name, orphans) in gone.sorted(by: { $0.key < $1.key }) where !name.isEmpty {
            lines.append(Line(record: nil, name: isThere(name) ? name : "\(name) (deleted)", branch: "", depth: 0))
            show(orphans, "", 1)
        }
        // Circles that somebody made up are shown too.
        for record in records where !shown.contains(record.name) { show([record], "", 0) }
    }
}

extension TraceTree.Line {
    fileprivate func row(since start: Timestamp, isTree: Bool) -> JSONValue {
        guard let record else {
            return ["record": .string(name), "depth": .integer(Int64(depth))]
        }
        func text(_ header: String) -> JSONValue { record.headers[header].map { .string($0) } ?? .null }
        let key = record.headers[MessageHeader.agent]
        return [
            "record": .string((isTree ? branch : "") + record.name),
            "after": isTree
                ? .string("\((record.timestamp - start).milliseconds) ms")
                : .integer((record.timestamp - start).milliseconds),
            "kind": text(MessageHeader.kind), "from": text(MessageHeader.sender),
            "to": key.map { .string($0) } ?? text(MessageHeader.topic), "type": text(MessageHeader.type),
            "id": record.headers[CorrelationHeader.names[0]].map { .string($0) }
                ?? CorrelationHeader.value(in: record.headers).map { .string($0) } ?? .null,
            "span": .string(record.trace.spanID), "time": .integer(record.timestamp.milliseconds),
            "depth": .integer(Int64(depth)), "cause": record.cause.map { .string($0) } ?? .null,
            "trace": .string(record.trace.traceID),
        ]
    }
}
