import Console
import EventLog
import Operations
import StreamCore

/// The verbs that talk to agents: `ask`, `send`, `publish`.
enum AgentTalk {
    private static let agent = Parameter.argument(
        "agent", ValueFormat<String>.text, help: "the agent: TYPE/KEY; made when this is its first message")
    private static let topic = Parameter.argument(
        "topic", ValueFormat<String>.text, help: "the agents' topic: TYPE/SOURCE; no topic of the log")
    private static let message = Parameter.optionalArgument(
        "message", ValueFormat<String>.anyText, help: "the message, JSON; - is standard input, and so is none")
    private static let file = Parameter.option(
        "file", letter: "f", ValueFormat<String>.path, help: "a file that is the message")
    private static let type = Parameter.option(
        "type", letter: "t", ValueFormat<String>.text,
        help: "the message's type; may be left out when the agents handle one only")
    private static let contentType = Parameter.option(
        "content-type", ValueFormat<String>.text, default: AgentPayload.json, help: "the message's format")
    private static let headers = Parameter.repeated("header", letter: "H", .assignment, help: "a further header")
    private static let timeout = Parameter.option(
        "timeout", ValueFormat<Duration>.duration, default: .seconds(30), shown: "30s", help: "how long to wait")

    static let ask = Command(
        "ask", summary: "ask an agent and print its reply",
        details: """
            The reply is printed as it came; with -o json with its type around it. Ends with 3 when nobody hosts the agent, with 4 \
            when there is no reply in time, with 1 when the agent failed. An interrupted ask is taken back.
            """,
        examples: [
            Command.Example(
                "agents ask assistant/anna '{\"text\":\"hello\"}' --type Question --data-dir ./data", "ask"),
            Command.Example("agents ask assistant/anna - --timeout 5m < question.json", "a file, and patience"),
        ],
        arguments: [agent, message], options: [type, contentType, file, headers, timeout, AgentNoun.system]
    ) { invocation in
        let agent = try Self.agent(try invocation[agent])
        let talk = try Talk(invocation, type: agent.type)
        let payload = try talk.payload(try input(invocation), type: try invocation[type], for: [agent.type])
        let limit = try invocation[timeout]
        let reply = try await talk.interruptible { client in
            try await client.send(payload, to: agent, timeout: limit, headers: try talk.headers())
        }
        guard invocation.style.isTable else {
            return try invocation.show([
                "agent": .string(agent.description), "type": reply.map { .string($0.type) } ?? .null,
                "contentType": reply.map { .string($0.contentType) } ?? .null,
                "reply": RecordFormat.look(at: reply?.bytes),
            ])
        }
        guard let reply else { return invocation.note("'\(agent)' replied without a value") }
        try invocation.output.write(reply.bytes.array + [UInt8(ascii: "\n")])
    }

    static let send = Command(
        "send", aliases: ["tell"], summary: "send an agent a message; nobody waits for what comes of it",
        examples: [
            Command.Example("agents send assistant/anna '{\"text\":\"hello\"}' --type Note --data-dir ./data", "send"),
            Command.Example("agents send assistant/anna --file big.json --type Document", "a file"),
        ],
        arguments: [agent, message], options: [type, contentType, file, headers, AgentNoun.system]
    ) { invocation in
        let agent = try Self.agent(try invocation[agent])
        let talk = try Talk(invocation, type: agent.type)
        let payload = try talk.payload(try input(invocation), type: try invocation[type], for: [agent.type])
        let id = try await talk.interruptible { client in
            try await client.tell(payload, to: agent, headers: try talk.headers())
        }
        try invocation.show([
            "message": .string(id), "agent": .string(agent.description), "type": .string(payload.type),
            "bytes": .integer(Int64(payload.bytes.count)),
        ])
    }

    static let publish = Command(
        "publish", summary: "publish a message; all agents whose types listen get it",
        examples: [
            Command.Example("agents publish orders/anna '{\"order\":7}' --type Ordered --data-dir ./data", "publish")
        ],
        arguments: [topic, message], options: [type, contentType, file, headers, AgentNoun.system]
    ) { invocation in
        let topic = try Self.topic(try invocation[topic])
        let talk = try Talk(invocation, type: nil)
        let payload = try talk.payload(try input(invocation), type: try invocation[type], for: talk.listeners(topic))
        let recipients = try await talk.interruptible { client in
            try await client.publish(payload, to: topic, headers: try talk.headers())
        }
        let rows = invocation.rows([Column("recipient"), Column("type")])
        for agent in recipients {
            try rows.write(["recipient": .string(agent.description), "type": .string(payload.type)])
        }
        try rows.finish()
        if recipients.isEmpty { invocation.note("nobody listens to '\(topic)' now: nobody got it") }
    }

    /// The agent that `text` names.
    static func agent(_ text: String) throws(CommandError) -> AgentID {
        do { return try AgentID(parsing: text) } catch {
            throw .usage(error.description, hint: "such as assistant/anna; see types with 'agents list'")
        }
    }

    private static func topic(_ text: String) throws(CommandError) -> TopicID {
        do { return try TopicID(parsing: text) } catch { throw .usage(error.description) }
    }

    /// The message that the command line gives: as a word, a file, or standard input.
    private static func input(_ invocation: Invocation) throws -> Bytes {
        let word = try invocation[message]
        let path = try invocation[file]
        guard word == nil || path == nil else { throw CommandError.usage("write the message, or --file, not both") }
        if let word, word != "-" { return Bytes(word) }
        return try WholeFile.read(path ?? "-")
    }

    private static func headers(_ invocation: Invocation) throws -> Headers {
        var written = Headers()
        for (name, value) in try invocation[headers] {
            guard !name.hasPrefix(MessageHeader.prefix) else {
                throw CommandError.usage("header '\(name)' is this tool's own to write")
            }
            written.append(name, value)
        }
        return written
    }

    /// A conversation with one system.
    private struct Talk {
        let invocation: Invocation
        let log: any EventLog
        let host: AgentCatalog.Host?
        private let catalog: AgentCatalog
        private let system: String

        init(_ invocation: Invocation, type: String?) throws {
            self.invocation = invocation
            log = try LogOptions.open(invocation, mustExist: true)
            catalog = try AgentCatalog(log, system: try invocation[AgentNoun.system])
            let now = SystemWallClock().now()
            let (catalog, log) = (catalog, log)
            host = try type.map { try catalog.host(of: $0, log, now: now) }
            let systems = Set(catalog.hosts.map(\.system)).sorted()
            guard let system = host?.system ?? (systems.count == 1 ? systems.first : nil) else {
                throw systems.isEmpty
                    ? CommandError(
                        .notFound, "there are no agents in \(log.location)",
                        hint: "no application with agents has run here", kind: "unknownSystem")
                    : CommandError.usage(
                        "which system? \(systems.joined(separator: ", "))", hint: "name one with --system")
            }
            self.system = system
        }

        func headers() throws -> Headers { try AgentTalk.headers(invocation) }

        /// The types that listen to `topic`.
        func listeners(_ topic: TopicID) -> [String] {
            let declared = catalog.hosts.filter { $0.system == system }
                .flatMap { $0.entry.subscriptions ?? [] }.compactMap(\.subscription)
            let all = declared + (catalog.added[system] ?? [])
            return Set(all.filter { $0.matches(topic) }.map(\.agentType)).sorted()
        }

        /// The message, checked; its type is the only one there is when none is said.
        func payload(_ bytes: Bytes, type: String?, for agents: [String]) throws(CommandError) -> AgentPayload {
            let format = try invocation[contentType]
            if format == AgentPayload.json {
                do { _ = try JSONText(validating: bytes) } catch {
                    throw .usage(
                        "the message is not JSON: \(error)", hint: "text is JSON in quotes: '\"hello\"'")
                }
            }
            if let type { return AgentPayload(type: type, contentType: format, bytes: bytes) }
            let known = Set(
                catalog.hosts.filter { $0.system == system }
                    .flatMap { host in agents.flatMap { host.entry.messages?[$0] ?? [] } })
            guard known.count == 1, let only = known.first, only != "*" else {
                throw .usage(
                    "of which type is the message?",
                    hint: known.isEmpty
                        ? "say it with --type" : "say it with --type: \(known.sorted().joined(separator: ", "))")
            }
            return AgentPayload(type: only, contentType: format, bytes: bytes)
        }

        /// Talks; a signal ends it, and what was asked is taken back.
        func interruptible<Answer: Sendable>(
            _ body: @escaping @Sendable (AgentClient) async throws -> Answer
        ) async throws -> Answer {
            let client = try AgentClient(on: log, system: system)
            defer { client.close() }
            let work = Task { try await body(client) }
            let watch = SignalWatch { _ in work.cancel() }
            defer { watch.cancel() }
            do {
                return try await work.value
            } catch {
                try watch.check()
                throw Self.explain(error)
            }
        }

        private static func explain(_ error: any Error) -> any Error {
            switch error {
            case let failure as AgentFailure: failure.commandError
            case let error as AgentNameError: CommandError.usage(error.description)
            default: error
            }
        }
    }
}

extension AgentFailure {
    /// The failure as the command line says it.
    fileprivate var commandError: CommandError {
        switch code {
        case .undeliverable:
            CommandError(
                .notFound, message, hint: "see who is there with 'agents list'; an application must run to host agents",
                kind: code.rawValue)
        case .timedOut where remoteCode == nil:
            CommandError(
                .unreachable, message,
                hint: "the agent may still answer: see 'requests list'; wait longer with --timeout",
                kind: code.rawValue)
        default:
            CommandError(
                .failure, remoteCode.map { "\($0): \(message)" } ?? message,
                hint: isRetryable ? "another try may succeed" : nil, kind: remoteCode ?? code.rawValue)
        }
    }
}
