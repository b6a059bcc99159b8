import Console
import EventLog
import Operations
import StreamCore

/// What registries, stores and approvals say about agents together.
struct AgentSurvey {
    /// What there is of the types of a host.
    struct Counts {
        var agents: [String: Int] = [:]
        var inFlight: [String: Int] = [:]
        var byAgent: [AgentID: Int] = [:]
        var approvals: [String: Int] = [:]
    }

    let log: any EventLog
    let catalog: AgentCatalog
    let table: RequestTable
    let now: Timestamp
    private let waiting: [ApprovalRecord]

    var unreadable: Unreadable { table.unreadable }

    init(_ invocation: Invocation, system: String?) throws {
        log = try LogOptions.open(invocation, mustExist: true)
        catalog = try AgentCatalog(log, system: system)
        if let system, catalog.hosts.isEmpty {
            let others = Set(try AgentCatalog(log).hosts.map(\.system)).sorted()
            throw CommandError(
                .notFound, "there is no agent system '\(system)' in \(log.location)",
                hint: Suggestions.hint(for: system, among: others)
                    ?? (others.isEmpty
                        ? "no application with agents has run here" : "there are: \(others.joined(separator: ", "))"),
                kind: "unknownSystem")
        }
        table = try RequestTable(OperatorStores(invocation))
        now = SystemWallClock().now()
        let moment = now
        waiting = try ApprovalTable(log, application: nil).records.filter { $0.isOpen(at: moment) }
    }

    private var stores: OperatorStores { table.stores }

    /// Counts the agents of `host`, what they work on, and what they ask people.
    func counts(of host: AgentCatalog.Host) throws -> Counts {
        var counts = Counts()
        if let states = stores.store(host.application, "\(host.system)-state") {
            try stores.visit(states) { entry, _ in
                if let type = Self.type(of: entry.key) { counts.agents[type, default: 0] += 1 }
                return true
            }
        }
        try atWork(of: host) { request, agent in
            counts.inFlight[agent.type, default: 0] += 1
            counts.byAgent[agent, default: 0] += 1
        }
        for approval in waiting where approval.application == host.application && approval.step == host.system {
            guard let agent = try? AgentID(parsing: approval.key) else { continue }
            counts.approvals[agent.type, default: 0] += 1
        }
        return counts
    }

    private func atWork(
        of host: AgentCatalog.Host, _ body: (StoredRequest, AgentID) throws -> Void
    ) throws {
        try table.forEach(step: host.system) { request in
            if request.application == host.application, let agent = request.agent { try body(request, agent) }
            return true
        }
    }

    private static func type(of key: Bytes) -> String? {
        key.utf8.flatMap { text in text.firstIndex(of: "/").map { String(text[..<$0]) } }
    }

    private func state(of host: AgentCatalog.Host) -> String { host.isAlive(at: now) ? "hosted" : "gone" }

    func row(_ type: String, _ host: AgentCatalog.Host, _ counts: Counts) -> JSONValue {
        [
            "type": .string(type), "application": .string(host.application), "system": .string(host.system),
            "state": .string(state(of: host)), "agents": .integer(Int64(counts.agents[type] ?? 0)),
            "inFlight": .integer(Int64(counts.inFlight[type] ?? 0)),
            "approvals": .integer(Int64(counts.approvals[type] ?? 0)), "messages": Self.messages(type, host),
            "subscriptions": .array(subscriptions(type, host)), "inbox": .string(host.inbox),
            "leaseUntil": .moment(host.entry.leaseUntil.map { Timestamp(milliseconds: $0) }),
        ]
    }

    private static func messages(_ type: String, _ host: AgentCatalog.Host) -> JSONValue {
        host.entry.messages?[type].map { .array($0.map { .string($0) }) } ?? .null
    }

    private func subscriptions(_ type: String, _ host: AgentCatalog.Host) -> [JSONValue] {
        let added = (catalog.added[host.system] ?? []).filter { $0.agentType == type }
        return (host.subscriptions(of: type) + added).map { subscription in
            switch subscription.match {
            case .type(let name): .string(name)
            case .prefix(let prefix): .string(prefix + "*")
            }
        }
    }

    /// All that is known of a type.
    func details(_ type: String, _ host: AgentCatalog.Host, _ counts: Counts) -> JSONValue {
        guard case .object(var members) = row(type, host, counts) else { return .null }
        members += [
            JSONMember("control", .string(host.control)),
            JSONMember("partitions", .integer(Int64(host.entry.partitions ?? 1))),
            JSONMember("since", .moment(host.entry.since.map { Timestamp(milliseconds: $0) })),
        ]
        return .object(members)
    }

    /// Shows an agent: its state, what it works on, what it asks people.
    func show(_ agent: AgentID, _ host: AgentCatalog.Host, _ invocation: Invocation) throws {
        var requests: [StoredRequest] = []
        try atWork(of: host) { request, owner in if owner == agent { requests.append(request) } }
        let approvals = waiting.filter {
            $0.application == host.application && $0.step == host.system && $0.key == agent.description
        }
        let states = stores.store(host.application, "\(host.system)-state")
        let state = try states.flatMap { try stores.get(Bytes(agent.description), in: $0) }
        guard state != nil || !requests.isEmpty || !approvals.isEmpty else {
            throw CommandError(
                .notFound, "'\(agent)' keeps no state and works on nothing",
                hint: "a message makes it; see those that keep a state with 'agents sessions \(agent.type)'",
                kind: "unknownAgent")
        }
        let head: [JSONMember] = [
            JSONMember("agent", .string(agent.description)), JSONMember("application", .string(host.application)),
            JSONMember("system", .string(host.system)), JSONMember("hosted", .bool(host.isAlive(at: now))),
            JSONMember("lastActivity", .moment(state?.timestamp)),
        ]
        let value = state.map { RecordFormat.look(at: $0.value) } ?? .null
        guard invocation.style.isTable else {
            return try invocation.show(
                .object(
                    head + [
                        JSONMember("state", value), JSONMember("requests", .array(requests.map { $0.row(at: now) })),
                        JSONMember("approvals", .array(approvals.map(\.json))),
                    ]))
        }
        try invocation.show(.object(head))
        if state != nil { try invocation.output.write("\nSTATE\n\(Self.lines(value))\n") }
        if !requests.isEmpty {
            try invocation.output.write("\nAT WORK\n")
            let rows = invocation.rows([
                Column("id"), Column("status"), Column("waitsFor", header: "WAITS FOR"), Column("steps", .right),
                Column("deadline"),
            ])
            for request in requests { try rows.write(request.row(at: now)) }
            try rows.finish()
        }
        guard !approvals.isEmpty else { return }
        try invocation.output.write("\nAPPROVALS\n")
        let rows = invocation.rows([Column("id"), Column("prompt"), Column("expiresAt", header: "EXPIRES")])
        for approval in approvals { try rows.write(approval.json) }
        try rows.finish()
    }

    /// A value over several lines, nothing in it that moves a cursor.
    private static func lines(_ value: JSONValue) -> String {
        var value = value
        if case .verbatim(let text) = value { value = text.value }
        return value.prettyText.split(separator: "\n").map { JSONValue.string(String($0)).cell }
            .joined(separator: "\n")
    }

    /// Visits the agents of `host` that keep a state; `body` returns whether to go on.
    func visitStates(of host: AgentCatalog.Host, type: String?, _ body: (JSONValue) throws -> Bool) throws {
        guard let states = stores.store(host.application, "\(host.system)-state") else { return }
        var work: [AgentID: Int] = [:]
        try atWork(of: host) { _, agent in work[agent, default: 0] += 1 }
        try stores.visit(states, prefix: type.map { Bytes($0 + "/") } ?? .empty) { entry, _ in
            let count = entry.key.utf8.flatMap { try? AgentID(parsing: $0) }.flatMap { work[$0] } ?? 0
            return try body([
                "agent": RecordFormat.look(at: entry.key), "application": .string(host.application),
                "system": .string(host.system), "bytes": .integer(Int64(entry.value.count)),
                "inFlight": .integer(Int64(count)), "lastActivity": .moment(entry.timestamp),
            ])
        }
    }
}
