public import Console
import EventLog
import JSON
import Operations
import StreamCore
import StreamDSL

extension Market {
    /// The command `market`, for the application's own command line: the state of tasks and what happened to them, folded from the
    /// audit topic.
    ///
    /// It reads by itself and joins no group, so that nothing that runs notices it.
    public var command: Command {
        Command(
            "market", summary: "tasks and what happened to them, from the audit topic",
            examples: [
                Command.Example("market tasks --data-dir ./data", "where all tasks stand"),
                Command.Example("market history t-17 --data-dir ./data", "what happened to one"),
                Command.Example(
                    "market tasks --at 2026-01-05T09:00:00Z --data-dir ./data", "where they stood at a moment"),
            ],
            options: LogOptions.all, commands: [tasks, history])
    }

    private static let moment = Parameter.option(
        "at", aliases: ["until"], ValueFormat<Timestamp>.instant, help: "only what happened up to then")
    private static let task = Parameter.argument("task", ValueFormat<String>.anyText, help: "the task")

    private var tasks: Command {
        let audit = audit
        return Command(
            "tasks", aliases: ["list", "ls"], summary: "where tasks stand, or stood at a moment",
            examples: [Command.Example("market tasks --data-dir ./data", "all of them")],
            options: [Self.moment]
        ) { invocation in
            var history = MarketHistory()
            let moment = try invocation[Self.moment]
            try Self.forEachEvent(of: audit, invocation) { event in
                if moment.map({ event.time <= $0 }) ?? true { history.add(event) }
            }
            let rows = invocation.rows([
                Column("task"), Column("status"), Column("requester"), Column("provider"), Column("price", .right),
                Column("executor"), Column("tries", .right), Column("updated"), Column("outcome"),
            ])
            for (name, task) in history.tasks.sorted(by: { $0.key < $1.key }) {
                try rows.write([
                    "task": .string(name), "status": .string(task.status.rawValue),
                    "requester": .string(task.request.requester), "provider": .of(task.award?.provider),
                    "price": task.award?.price.map { .double($0) } ?? .null, "executor": .of(task.work?.executor),
                    "tries": task.work.map { .integer(Int64($0.attempts)) } ?? .null,
                    "updated": .moment(task.updated), "outcome": .of(task.outcome),
                ])
            }
            try rows.finish()
            for problem in history.breaks.prefix(10) { invocation.warn("\(problem)") }
        }
    }

    private var history: Command {
        let audit = audit
        return Command(
            "history", aliases: ["show"], summary: "what happened to a task, in order",
            examples: [Command.Example("market history t-17 --data-dir ./data", "all of it")],
            arguments: [Self.task], options: [Self.moment]
        ) { invocation in
            let (name, moment) = (try invocation[Self.task], try invocation[Self.moment])
            let rows = invocation.rows([
                Column("sequence", header: "#", .right), Column("time"), Column("from"), Column("to"),
                Column("change"), Column("details"),
            ])
            var found = 0
            try Self.forEachEvent(of: audit, invocation) { event in
                guard event.task == name, moment.map({ event.time <= $0 }) ?? true else { return }
                found += 1
                try rows.write([
                    "sequence": .integer(Int64(event.sequence)), "time": .moment(event.time),
                    "from": .of(event.from?.rawValue), "to": .string(event.to.rawValue),
                    "change": .string(event.change.kind.rawValue), "details": .string(event.change.details),
                ])
            }
            try rows.finish()
            guard found > 0 else {
                throw CommandError(
                    .notFound, "nothing is known of task '\(name)'", hint: "see them with 'market tasks'",
                    kind: "unknownTask")
            }
        }
    }

    private static func forEachEvent(
        of audit: Topic<String, MarketEvent>, _ invocation: Invocation, _ body: (MarketEvent) throws -> Void
    ) throws {
        let log = try LogOptions.open(invocation, mustExist: true)
        let topic = try log.existingTopic(audit.name)
        var unreadable = 0
        try LogScan(topic, log).forEach { record, _ in
            do {
                try body(audit.value.decode(record.value))
            } catch is SerdeError {
                unreadable += 1
            }
            return true
        }
        if unreadable > 0 { invocation.warn("\(unreadable) records of '\(audit.name)' cannot be read") }
    }
}

extension ValueFormat where Value == Timestamp {
    /// A moment: ms since 1970, or RFC 3339.
    fileprivate static var instant: ValueFormat {
        ValueFormat("TIME") { text throws(ValueProblem) in
            guard let moment = Timestamp(written: text) else {
                throw ValueProblem("must be a time: ms since 1970, or such as 2026-01-31T12:00:00Z, not '\(text)'")
            }
            return moment
        }
    }
}

extension JSONValue {
    fileprivate static func of(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    fileprivate static func moment(_ moment: Timestamp) -> JSONValue { .string(moment.rfc3339) }
}

extension MarketChange {
    /// The particulars in a line, for people.
    var details: String {
        func text(_ price: Double?) -> String { price.map { "\($0)" } ?? "no price" }
        switch self {
        case .requested(let request, _, let deadline):
            return
                "\(request.requester): \(request.description), \(text(request.proposedCost)), until \(deadline.rfc3339)"
        case .offered(let provider, let price, let round): return "\(provider): \(text(price)), round \(round)"
        case .countered(let provider, let price): return "to \(provider): \(price)"
        case .approved(let provider, let price): return "of \(provider): \(text(price))"
        case .held(let provider, let price): return "\(provider): \(text(price)), not agreed to yet"
        case .declined(let provider, let reason): return "\(provider): \(reason)"
        case .awarded(let provider, let price): return "to \(provider) for \(text(price))"
        case .claimed(let executor, let epoch, let end): return "by \(executor), epoch \(epoch), until \(end.rfc3339)"
        case .renewed(let epoch, let end): return "epoch \(epoch), until \(end.rfc3339)"
        case .released(let epoch, let reason, let opens): return "epoch \(epoch): \(reason); open from \(opens.rfc3339)"
        case .reopened(let epoch): return "epoch \(epoch)"
        case .completed(let executor, let epoch, let result): return "by \(executor), epoch \(epoch): \(result ?? "")"
        case .failed(let reason), .rejected(let reason), .expired(let reason): return reason
        case .cancelled(let requester): return "by \(requester)"
        }
    }
}
