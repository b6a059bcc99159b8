public import Console
import EventLog
import Foundation
import StreamCore

/// The noun `agents`: what agents and other handlers wait for, and what people tell them.
public enum AgentCommands {
    /// `agents approvals | approve | reject`.
    public static let command = Command(
        "agents", aliases: ["agent"], summary: "agents: what they ask people, and the answers",
        examples: [
            Command.Example("agents approvals --data-dir ./data", "what waits for a decision"),
            Command.Example("agents approve 3f9c1b20 --by ann --data-dir ./data", "go on"),
        ],
        options: LogOptions.all, commands: [approvals, approve, reject])

    private static let application = Parameter.option(
        "application", letter: "a", ValueFormat<String>.text, help: "this application's only")
    private static let all = Parameter.flag("all", help: "those that are decided, expired or cancelled, too")
    private static let id = Parameter.argument(
        "id", ValueFormat<String>.text, help: "the approval: its id, the start of it, or its operation")
    private static let by = Parameter.option(
        "by", ValueFormat<String>.text, help: "who decides; the user's name when not given")
    private static let reason = Parameter.option("reason", ValueFormat<String>.anyText, help: "why")
    private static let edit = Parameter.option(
        "edit", ValueFormat<String>.anyText.named("JSON"),
        help: "the details to go on with, instead of those asked about")
    private static let wait = Parameter.option(
        "wait", ValueFormat<Duration>.duration, default: .seconds(10), shown: "10s",
        help: "how long to wait for the application to take the decision; 0s does not wait")

    private static let approvals = Command(
        "approvals", summary: "the questions that wait for a decision",
        examples: [
            Command.Example("agents approvals --data-dir ./data", "those that wait"),
            Command.Example("agents approvals --all -o json -b localhost:9092", "all, as JSON, on Kafka"),
        ],
        options: [application, all]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let table = try ApprovalTable(log, application: try invocation[application])
        let now = SystemWallClock().now()
        let rows = invocation.rows([
            Column("id"), Column("status"), Column("application"), Column("step"), Column("key"), Column("prompt"),
            Column("details"), Column("requestedAt", header: "REQUESTED"), Column("expiresAt", header: "EXPIRES"),
        ])
        let shown = try invocation[all] ? table.records : table.records.filter { $0.isOpen(at: now) }
        for record in shown { try rows.write(record.json) }
        try rows.finish()
        if table.unreadable > 0 {
            throw CommandError(
                .partial, "\(table.unreadable) records of \(table.topics.joined(separator: ", ")) cannot be read",
                hint: "a newer version wrote them, or something else than an application", kind: "unreadableRecords")
        }
    }

    private static let approve = Command(
        "approve", summary: "tells a waiting handler to go on",
        details: decisionDetails,
        examples: [
            Command.Example("agents approve 3f9c1b20 --by ann --data-dir ./data", "go on"),
            Command.Example("agents approve 3f9c1b20 --edit '{\"amount\":4}' --data-dir ./data", "with other details"),
        ],
        arguments: [id], options: [by, reason, edit, wait]
    ) { invocation in try decide("approved", invocation, edited: try invocation[edit]) }

    private static let reject = Command(
        "reject", summary: "tells a waiting handler not to go on",
        details: decisionDetails,
        examples: [
            Command.Example("agents reject 3f9c1b20 --by ann --reason 'too much' --data-dir ./data", "do not")
        ],
        arguments: [id], options: [by, reason, wait]
    ) { invocation in try decide("rejected", invocation, edited: nil) }

    private static let decisionDetails = """
        The decision is a record on the topic that the question names; the application takes it in a transaction, and the
        first one counts. One that is decided, expired or cancelled is refused with exit code 6. An application that does not
        run takes the decision when it does: then the command ends with 4 after --wait.
        """

    private static func decide(_ verdict: String, _ invocation: Invocation, edited: String?) throws {
        if let edited {
            do {
                _ = try JSONValue(parsing: edited)
            } catch {
                throw CommandError.usage("--edit is not JSON: \(error)", hint: "text is JSON in quotes: '\"text\"'")
            }
        }
        let log = try LogOptions.open(invocation, mustExist: true)
        let question = try ApprovalTable(log, application: nil).find(try invocation[id])
        if let closed = question.closedBecause(at: SystemWallClock().now()) { throw conflict(question, closed) }
        let topic = try log.existingTopic(question.answerTopic)
        guard question.answerPartition >= 0, question.answerPartition < topic.partitions else {
            throw CommandError(
                .notFound,
                "approval '\(question.id)' wants its answer in partition \(question.answerPartition) of "
                    + "'\(topic.name)', which has \(topic.partitions)", kind: "partitionOutOfRange")
        }
        let user = invocation.environment["USER"] ?? ""
        let vote = ApprovalVote(
            verdict: verdict, by: try invocation[by] ?? (user.isEmpty ? nil : user), reason: try invocation[reason],
            edited: edited)
        var buffer = RecordBuffer()
        buffer.append(
            to: TopicPartition(topic.name, question.answerPartition), key: Bytes(question.operation),
            value: try ApprovalVote.serde.encode(vote), timestamp: SystemWallClock().now(),
            headers: ApprovalVote.headers(question.operation))
        try log.append(buffer)
        try confirm(question, vote, log, invocation)
    }

    /// Waits until the application has said what became of the question.
    private static func confirm(
        _ question: ApprovalRecord, _ vote: ApprovalVote, _ log: any EventLog, _ invocation: Invocation
    ) throws {
        let limit = try invocation[wait]
        guard limit > .zero else {
            return invocation.note("written; '\(question.application)' takes it when it runs")
        }
        let end = ContinuousClock.now + limit
        var pause = Duration.milliseconds(20)
        while true {
            let present = try ApprovalTable(log, application: question.application).find(question.operation)
            if present.status != .pending {
                guard present.status.rawValue == vote.verdict, present.by ?? "" == vote.by ?? "" else {
                    throw conflict(present, present.closedBecause(at: SystemWallClock().now()) ?? "was decided")
                }
                return try invocation.show(present.json)
            }
            guard ContinuousClock.now < end else { break }
            Thread.sleep(forTimeInterval: Double(pause.milliseconds) / 1_000)
            pause = min(pause * 2, .milliseconds(500))
        }
        throw CommandError(
            .unreachable, "the decision is written, but '\(question.application)' has not taken it within \(limit)",
            hint: "it counts as soon as the application runs; see 'tributary agents approvals --all'",
            kind: "notTakenYet")
    }

    private static func conflict(_ question: ApprovalRecord, _ words: String) -> CommandError {
        CommandError(
            .conflict, "approval '\(question.id)' \(words)", hint: "see all with 'tributary agents approvals --all'",
            kind: "notPending")
    }
}
