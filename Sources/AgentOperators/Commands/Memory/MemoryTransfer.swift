import Console
import EventLog
import Operations
import StreamCore

/// What goes out of memories and into them: `memory export`, `memory import`, and commands to their owners.
enum MemoryTransfer {
    private static let session = Parameter.optionalArgument(
        "session", ValueFormat<String>.text, help: "the session; all when left out")

    static let export = Command(
        "export", summary: "items as lines of JSON, which 'memory import' reads",
        details: "A line is {\"session\", \"command\"}: the command adds the item, with identifier, time and vector.",
        examples: [
            Command.Example("memory export --data-dir ./data > notes.jsonl", "everything"),
            Command.Example("memory export anna -m notes --data-dir ./data", "a session"),
        ],
        arguments: [session]
    ) { invocation in
        let catalog = try MemoryCatalog(OperatorStores(invocation), named: try invocation[MemoryNoun.memory])
        if let name = try invocation[session] {
            let (place, session) = try catalog.session(name)
            try write(name, session, place, catalog, invocation)
        } else {
            guard catalog.places.count < 2 else {
                throw CommandError.usage(
                    "which memory? \(catalog.places.map(\.name).joined(separator: ", "))",
                    hint: "name one with --memory")
            }
            for place in catalog.places {
                try catalog.forEachSession(of: place) { name, session in
                    try write(name, session, place, catalog, invocation)
                    return true
                }
            }
        }
        try invocation.output.flush()
        try catalog.unreadable.complain()
    }

    private static func write(
        _ name: String, _ session: MemorySession, _ place: MemoryCatalog.Place, _ catalog: MemoryCatalog,
        _ invocation: Invocation
    ) throws {
        try catalog.forEachItem(of: name, session, in: place) { item in
            var draft = MemoryDraft(
                id: item.id, item.content, metadata: item.metadata, timestamp: item.timestamp, expiry: item.expiry)
            draft.embedding = item.embedding
            guard let bytes = try MemoryCommand.serde.encode(.add(draft)) else { return true }
            let line: JSONValue = [
                "session": .string(name), "command": .verbatim(try JSONText(validating: bytes)),
            ]
            try invocation.output.write(line.text + "\n")
            return true
        }
    }

    private static let file = Parameter.option(
        "file", letter: "f", ValueFormat<String>.path, default: "-", shown: "-, standard input",
        help: "what 'memory export' wrote; - is standard input")

    static let importing = Command(
        "import", summary: "items from lines of JSON into a memory, as commands to its owner",
        details: """
            Every line is checked before the first one is written. An item whose identifier its session holds stays as it is, so \
            that importing twice adds once. The memory's application takes the commands when it runs.
            """,
        examples: [
            Command.Example("memory import -m notes --file notes.jsonl --data-dir ./data", "a file")
        ],
        options: [file]
    ) { invocation in
        let stores = try OperatorStores(invocation)
        let catalog = try MemoryCatalog(stores, named: try invocation[MemoryNoun.memory])
        guard catalog.places.count == 1, let place = catalog.places.first, let log = stores.log else {
            throw CommandError(
                catalog.places.isEmpty ? .notFound : .usage,
                catalog.places.isEmpty
                    ? "no application with a memory has run here"
                    : "into which memory? \(catalog.places.map(\.name).joined(separator: ", "))",
                hint: "name one with --memory")
        }
        let topic = try commands(of: place, log)
        let limit = log.recordLimit(of: topic)
        var waiting: [RecordBuffer] = [RecordBuffer()]
        var bytes = 0
        var count = 0
        let reader = try lines(try invocation[file])
        while let line = try next(reader) {
            guard !line.isEmpty else { continue }
            let (session, command) = try parse(line, number: reader.lineNumber)
            let value = try MemoryCommand.serde.encode(command)
            if let limit, (value?.count ?? 0) + session.utf8.count > limit {
                throw CommandError(
                    .failure,
                    "line \(reader.lineNumber): the item has more than \(limit) bytes, which '\(topic.name)' takes")
            }
            if bytes > 4 << 20 {
                waiting.append(RecordBuffer())
                bytes = 0
            }
            waiting[waiting.count - 1].append(
                to: TopicPartition(topic.name, Murmur2.partition(Bytes(session), of: topic.partitions)),
                key: Bytes(session), value: value, timestamp: SystemWallClock().now())
            bytes += value?.count ?? 0
            count += 1
        }
        for buffer in waiting where !buffer.isEmpty { try log.append(buffer) }
        try invocation.show(["memory": .string(place.name), "commands": .integer(Int64(count))])
    }

    private static func lines(_ path: String) throws(CommandError) -> LineReader {
        do { return try LineReader(path) } catch { throw unreadable(error) }
    }

    private static func next(_ reader: LineReader) throws(CommandError) -> Bytes? {
        do { return try reader.next() } catch { throw unreadable(error) }
    }

    private static func unreadable(_ error: LineReader.Failure) -> CommandError {
        CommandError(error.isMissing ? .notFound : .failure, "cannot read '\(error.path)': \(error.reason)")
    }

    private static func parse(_ line: Bytes, number: Int) throws(CommandError) -> (String, MemoryCommand) {
        do {
            let value = try JSONValue(parsing: line)
            guard let session = value["session"]?.stringValue, !session.isEmpty, let command = value["command"] else {
                throw MemoryError(.invalidContent, "a line is {\"session\", \"command\"}")
            }
            return (session, try MemoryCommand.serde.decode(Bytes(command.text)))
        } catch {
            throw CommandError(
                .failure, "line \(number) is no item: \(error)",
                hint: "nothing was imported; see 'memory export --help'",
                kind: "malformedLine")
        }
    }

    private static func commands(of place: MemoryCatalog.Place, _ log: any EventLog) throws -> TopicDescription {
        guard let topic = try log.topic(place.memory) else {
            throw CommandError(
                .unsupported, "memory '\(place.name)' takes no commands: there is no topic '\(place.memory)'",
                hint: "only its application changes it", kind: "noCommands")
        }
        return topic
    }

    /// Tells the owner to forget a session, or an item of it, and waits until it has.
    static func tell(
        _ place: MemoryCatalog.Place, _ stores: OperatorStores, _ session: String, _ item: String?, wait: Duration
    ) async throws {
        guard let log = stores.log else {
            throw CommandError(.notFound, "there is no log in '\(stores.folder.path)'", kind: "noLog")
        }
        _ = try commands(of: place, log)
        let client = MemoryClient(of: place.memory, application: place.application, on: log, timeout: wait)
        defer { client.close() }
        do {
            let memory = try client.session(session)
            if let item { try await memory.delete(id: item) } else { try await memory.clear() }
        } catch let error as MemoryError {
            guard error.code == .timedOut else {
                throw CommandError(.failure, error.message, kind: error.code.rawValue)
            }
            throw CommandError(
                .unreachable, "the command is written, but '\(place.application)' has not taken it within \(wait)",
                hint: "it counts as soon as the application runs", kind: "notTakenYet")
        }
    }
}
