import Console
import EventLog
import Operations
import StreamCore

/// The noun `agents`: who there is, what they know and do, and talking to them.
enum AgentNoun {
    /// `agents list | describe | sessions | send | ask | publish | journal | cancel`, and what people are asked.
    static let command = Command(
        "agents", aliases: ["agent"], summary: "agents: who there is, talking to them, what they ask people",
        details: """
            Types come from the registries of agent systems, states and requests from their stores by the last commit; \
            applications may run, may have stopped, may have been killed.
            """,
        examples: [
            Command.Example("agents list --data-dir ./data", "who there is"),
            Command.Example(
                "agents ask assistant/anna '{\"text\":\"hello\"}' --type Question --data-dir ./data", "talk to one"),
            Command.Example("agents approvals --data-dir ./data", "what waits for a decision"),
        ],
        options: LogOptions.all,
        commands: [list, describe, sessions, AgentTalk.ask, AgentTalk.send, AgentTalk.publish, journal, cancel]
            + AgentCommands.command.subcommands)

    static let system = Parameter.option(
        "system", letter: "s", ValueFormat<String>.text, help: "this system's only: the name of its agents block")
    private static let application = Parameter.option(
        "application", letter: "a", ValueFormat<String>.text, help: "this application's only")
    private static let name = Parameter.argument(
        "agent", ValueFormat<String>.text, help: "an agent type, or an agent: TYPE/KEY")
    private static let limit = Parameter.option(
        "limit", letter: "n", ValueFormat<Int64>.integer(1...Int64.max), help: "end after so many")
    private static let type = Parameter.optionalArgument(
        "type", ValueFormat<String>.text, help: "agents of this type only")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "agent types: where they are, how many agents, what is in flight",
        details: """
            STATE: hosted while an instance renews its claim, else gone; messages for agents that are gone wait. AGENTS is how \
            many keep a state, IN FLIGHT how many messages are at work, APPROVALS how many questions wait for people.
            """,
        examples: [
            Command.Example("agents list --data-dir ./data", "all"),
            Command.Example("agents list --system team -o json -b localhost:9092", "of one system, on Kafka"),
        ],
        options: [system, application]
    ) { invocation in
        let survey = try AgentSurvey(invocation, system: try invocation[system])
        let rows = invocation.rows([
            Column("type"), Column("application"), Column("system"), Column("state"), Column("agents", .right),
            Column("inFlight", header: "IN FLIGHT", .right), Column("approvals", .right),
            Column("messages", isWide: true), Column("subscriptions", isWide: true), Column("inbox", isWide: true),
            Column("leaseUntil", header: "LEASE UNTIL"),
        ])
        let wanted = try invocation[application]
        for host in survey.catalog.hosts where wanted == nil || host.application == wanted {
            let counts = try survey.counts(of: host)
            for type in host.types { try rows.write(survey.row(type, host, counts)) }
        }
        try rows.finish()
        try survey.unreadable.complain()
    }

    private static let describe = Command(
        "describe", aliases: ["show"], summary: "an agent type, or an agent: its state and what it works on",
        examples: [
            Command.Example("agents describe assistant --data-dir ./data", "a type"),
            Command.Example("agents describe assistant/anna -o json --data-dir ./data", "an agent"),
        ],
        arguments: [name], options: [system]
    ) { invocation in
        let survey = try AgentSurvey(invocation, system: try invocation[system])
        let name = try invocation[name]
        guard name.contains("/") else {
            let hosts = try survey.catalog.hosts(of: name, survey.log)
            for (index, host) in hosts.enumerated() {
                if index > 0, invocation.style.isTable { try invocation.output.write("\n") }
                try invocation.show(survey.details(name, host, try survey.counts(of: host)))
            }
            return try survey.unreadable.complain()
        }
        let agent = try AgentTalk.agent(name)
        let host = try survey.catalog.host(of: agent.type, survey.log, now: survey.now)
        try survey.show(agent, host, invocation)
        try survey.unreadable.complain()
    }

    private static let sessions = Command(
        "sessions", summary: "the agents that keep a state: their keys, sizes, requests at work",
        examples: [
            Command.Example("agents sessions --data-dir ./data", "all"),
            Command.Example("agents sessions assistant --limit 20 --data-dir ./data", "of one type"),
        ],
        arguments: [type], options: [system, limit]
    ) { invocation in
        let survey = try AgentSurvey(invocation, system: try invocation[system])
        let type = try invocation[type]
        let hosts = try type.map { try survey.catalog.hosts(of: $0, survey.log) } ?? survey.catalog.hosts
        let rows = invocation.rows([
            Column("agent"), Column("application"), Column("bytes", .right),
            Column("inFlight", header: "IN FLIGHT", .right), Column("lastActivity", header: "LAST ACTIVITY"),
        ])
        var left = try invocation[limit] ?? .max
        for host in hosts where left > 0 {
            try survey.visitStates(of: host, type: type) { row in
                try rows.write(row)
                left -= 1
                return left > 0
            }
        }
        try rows.finish()
        try survey.unreadable.complain()
    }

    private static let subject = Parameter.argument(
        "request", ValueFormat<String>.text, help: "a request, as 'requests list' names it, or an agent: TYPE/KEY")

    private static let journal = Command(
        "journal", summary: "what the handler of a request has done so far, step by step",
        details: """
            NEXT RUN says what becomes of a step when the handler is run again: reused is not done twice. The journal of a \
            request is deleted in the commit that ends it.
            """,
        examples: [
            Command.Example("agents journal 3f9c1b20 --data-dir ./data", "of a request"),
            Command.Example("agents journal assistant/anna -J --data-dir ./data", "of all that an agent works on"),
        ],
        arguments: [subject], options: [system]
    ) { invocation in
        let table = try RequestTable(OperatorStores(invocation))
        let subject = try invocation[subject]
        if let request = try table.find(subject) {
            return try JournalText.show(request.steps, invocation, isBelow: false)
        }
        guard subject.contains("/"), let agent = try? AgentID(parsing: subject) else {
            if let ended = try table.findEnded(subject) {
                throw CommandError(
                    .notFound, "request '\(subject)' has ended (\(ended.status)), and its journal with it",
                    hint: "see what is left with 'requests show \(ended.id)'", kind: "ended")
            }
            throw RequestTable.unknown(subject)
        }
        let rows = invocation.rows([Column("request")] + JournalText.columns)
        var count = 0
        try table.forEach { request in
            guard request.agent == agent else { return true }
            count += 1
            for (index, step) in request.steps.enumerated() {
                let row = JournalText.short(StepText.row(of: step, index: index), invocation)
                try rows.write(.object([JSONMember("request", .string(request.id))] + (row.members ?? [])))
            }
            return true
        }
        guard count > 0 else {
            let survey = try AgentSurvey(invocation, system: try invocation[system])
            _ = try survey.catalog.host(of: agent.type, survey.log, now: survey.now)
            throw CommandError(
                .notFound, "'\(agent)' works on nothing now", hint: "see its state with 'agents describe \(agent)'",
                kind: "nothingAtWork")
        }
        try rows.finish()
        try table.unreadable.complain()
    }

    private static let request = Parameter.argument(
        "request", ValueFormat<String>.text, help: "the request, as 'requests list' names it")
    private static let wait = Parameter.option(
        "wait", ValueFormat<Duration>.duration, default: .seconds(10), shown: "10s",
        help: "how long to wait until the application has ended it; 0s does not wait")

    private static let cancel = Command(
        "cancel", summary: "take a request back: its handler is cancelled, its asker is told",
        details: """
            A record on the control topic of the agents, or on the topic of the requests, that the application takes in a \
            transaction. Steps that nothing sends requests to cannot be told: exit code 10. One that has ended: 6.
            """,
        examples: [Command.Example("agents cancel 3f9c1b20 --data-dir ./data", "take it back")],
        arguments: [request], options: [wait]
    ) { invocation in
        try RequestCancellation(invocation).perform(try invocation[request], wait: try invocation[wait])
    }
}
