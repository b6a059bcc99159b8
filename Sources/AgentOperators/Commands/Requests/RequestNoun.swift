import Console
import Operations
import StreamCore

/// The noun `requests`: what applications were asked and have not ended.
enum RequestNoun {
    /// `requests list | show`.
    static let command = Command(
        "requests", aliases: ["request"], summary: "requests: what waits, what is at work, what was answered",
        details: """
            Read from the journals of 'ask', 'reply' and agents, by their last commit; applications may run, may have stopped, \
            may have been killed. A request ends in the commit of its outcome; 'reply' and agents remember it for a while.
            """,
        examples: [
            Command.Example("requests list --data-dir ./data", "what is at work"),
            Command.Example("requests show 3f9c1b20 --data-dir ./data", "one, with its steps"),
        ],
        options: LogOptions.all, commands: [list, show])

    static let application = Parameter.option(
        "application", letter: "a", ValueFormat<String>.text, help: "this application's only")
    private static let step = Parameter.option("step", ValueFormat<String>.text, help: "those of this step")
    private static let key = Parameter.option("key", letter: "k", ValueFormat<String>.text, help: "those of this key")
    private static let status = Parameter.option(
        "status", ValueFormat<String>.text, help: "those that are queued, open, begun, waiting or overdue")
    private static let since = Parameter.option(
        "since", TimeFormat.past, help: "those whose records are not older: 15m, or such as 2026-01-31T12:00:00Z")
    private static let ended = Parameter.flag("all", help: "those that ended and are remembered, too")
    private static let limit = Parameter.option(
        "limit", letter: "n", ValueFormat<Int64>.integer(1...Int64.max), help: "end after so many")
    private static let id = Parameter.argument(
        "id", ValueFormat<String>.text, help: "the request: its id, the start of it, its operation, or its message's id"
    )

    private static let list = Command(
        "list", aliases: ["ls"], summary: "the requests at work",
        details: """
            STATUS: queued (another of its key goes first), open (next of its key, nothing journalled), begun (steps are \
            journalled, or the mark that its call starts), waiting (for an answer, a decision, a moment), overdue.
            """,
        examples: [
            Command.Example("requests list --data-dir ./data", "all at work"),
            Command.Example("requests list -a support --status waiting -o json --data-dir ./data", "some, as JSON"),
            Command.Example("requests list --all --since 10m -b localhost:9092", "ended ones too, on Kafka"),
        ],
        options: [application, step, key, status, since, ended, limit]
    ) { invocation in
        let table = try RequestTable(OperatorStores(invocation), application: try invocation[application])
        let now = SystemWallClock().now()
        let rows = invocation.rows([
            Column("id"), Column("status"), Column("application"), Column("step"), Column("key"),
            Column("waitsFor", header: "WAITS FOR"), Column("steps", .right, isWide: true),
            Column("task", isWide: true), Column("source", isWide: true), Column("timestamp", isWide: true),
            Column("deadline"),
        ])
        var left = try invocation[limit] ?? .max
        let (step, status) = (try invocation[step], try wanted(invocation))
        let (key, since) = (try invocation[key], try invocation[since] ?? Timestamp(milliseconds: .min))
        func write(_ row: JSONValue, _ timestamp: Timestamp) throws -> Bool {
            guard timestamp >= since || timestamp == .unknown, key == nil || row["key"]?.cell == key,
                status == nil || row["status"]?.stringValue == status
            else { return true }
            try rows.write(row)
            left -= 1
            return left > 0
        }
        try table.forEach(step: step) { try write($0.row(at: now), $0.entry.timestamp) }
        if try invocation[ended], left > 0 {
            try table.forEachEnded(step: step) { try write($0.row, $0.timestamp) }
        }
        try rows.finish()
        try table.unreadable.complain()
    }

    private static func wanted(_ invocation: Invocation) throws -> String? {
        guard let status = try invocation[status] else { return nil }
        let known = StoredRequest.Status.allCases.map(\.rawValue) + ["answered", "failed", "ended"]
        guard known.contains(status) else {
            throw CommandError.usage(
                "--status must be one of \(known.joined(separator: ", ")), not '\(status)'",
                hint: Suggestions.hint(for: status, among: known))
        }
        return status
    }

    private static let show = Command(
        "show", aliases: ["get"], summary: "a request: what was asked, its steps, its answer",
        examples: [
            Command.Example("requests show 3f9c1b20 --data-dir ./data", "one"),
            Command.Example("requests show 3f9c1b20 -o json -b localhost:9092", "as JSON, on Kafka"),
        ],
        arguments: [id]
    ) { invocation in
        let table = try RequestTable(OperatorStores(invocation))
        let id = try invocation[id]
        if let request = try table.find(id) {
            let details = request.details(at: SystemWallClock().now())
            guard invocation.style.isTable, let members = details.members else { return try invocation.show(details) }
            try invocation.show(.object(members.filter { $0.name != "steps" }))
            return try JournalText.show(request.steps, invocation, isBelow: true)
        }
        guard let ended = try table.findEnded(id) else {
            try table.unreadable.complain()
            throw RequestTable.unknown(id)
        }
        try invocation.show(ended.details)
    }
}

/// A handler's journal as a table.
enum JournalText {
    static let columns = [
        Column("step", header: "#", .right), Column("name"), Column("kind"), Column("state"), Column("at"),
        Column("due"), Column("nextRun", header: "NEXT RUN"), Column("writer", isWide: true), Column("value"),
    ]

    /// Writes `steps` as rows; below something else when there are any.
    static func show(_ steps: [StepEntry], _ invocation: Invocation, isBelow: Bool) throws {
        guard !steps.isEmpty || !isBelow else { return }
        if isBelow { try invocation.output.write("\n") }
        let rows = invocation.rows(columns)
        for (index, step) in steps.enumerated() {
            try rows.write(short(StepText.row(of: step, index: index), invocation))
        }
        try rows.finish()
    }

    /// `row` with a value that fits a line, for people.
    static func short(_ row: JSONValue, _ invocation: Invocation) -> JSONValue {
        guard invocation.style == .table, case .object(let members) = row else { return row }
        return .object(
            members.map { member in
                guard member.name == "value", member.value != .null else { return member }
                return JSONMember("value", .string(Abbreviation.of(member.value.cell, 60)))
            })
    }
}
