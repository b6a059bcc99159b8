import Console
import Operations
import StreamCore

/// A request that an application has not ended, as its journal has it.
struct StoredRequest {
    /// How far it is, as far as a journal tells.
    enum Status: String, CaseIterable {
        /// Another one of its key goes before it.
        case queued
        /// Next of its key; its handler may run, but has not journalled anything.
        case open
        /// Its handler has journalled steps, or the mark that its call starts.
        case begun
        /// Its handler waits: for an answer, a decision, a moment.
        case waiting
        /// Its deadline is over, and its application has not said so yet.
        case overdue
    }

    let application: String
    let step: String
    let task: TaskID
    let sequence: Int64
    let entry: AskEntry
    /// The journal of its handler, in the handler's order.
    let steps: [StepEntry]
    /// Whether no other one of its key goes before it.
    let isFirst: Bool

    /// Names it, short enough to type: a hash of its idempotency key.
    var id: String { ApprovalRecord.id(of: entry.idempotencyKey) }
    /// The agent that it is for; nil when it is no agent's.
    var agent: AgentID? {
        guard entry.source.topic == "\(application)-\(step)-inbox" else { return nil }
        return try? Serde<AgentID>.agentID.decode(entry.key)
    }

    /// The id of the message that brought it; nil when no message did.
    var message: String? { entry.record.headers[MessageHeader.id] }

    /// What its handler waits for.
    var wait: StepEntry? { steps.last { $0.state == .open && ($0.kind == .external || $0.kind == .sleep) } }

    func status(at now: Timestamp) -> Status {
        let deadline = max(entry.deadline, steps.compactMap(\.deadline).max() ?? entry.deadline)
        if deadline <= now { return .overdue }
        if wait != nil { return .waiting }
        if entry.startedBy != nil || !steps.isEmpty { return .begun }
        return isFirst ? .open : .queued
    }

    /// The request as a row of a list.
    func row(at now: Timestamp) -> JSONValue {
        [
            "id": .string(id), "status": .string(status(at: now).rawValue), "application": .string(application),
            "step": .string(step), "key": RecordFormat.look(at: entry.key), "deadline": .string(entry.deadline.rfc3339),
            "waitsFor": wait.map { .string(StepText.name(of: $0)) } ?? .null, "steps": .integer(Int64(steps.count)),
            "task": .string(task.description), "source": .string(source), "timestamp": .moment(entry.timestamp),
            "bytes": .integer(Int64(entry.byteCount)), "operation": .string(entry.idempotencyKey),
        ]
    }

    private var source: String { "\(entry.source)@\(entry.record.offset)" }

    /// All that is known of it.
    func details(at now: Timestamp) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("id", .string(id)), JSONMember("status", .string(status(at: now).rawValue)),
            JSONMember("application", .string(application)), JSONMember("step", .string(step)),
            JSONMember("task", .string(task.description)),
        ]
        if let agent { members.append(JSONMember("agent", .string(agent.description))) }
        if let message { members.append(JSONMember("message", .string(message))) }
        if let type = entry.record.headers[MessageHeader.type] { members.append(JSONMember("type", .string(type))) }
        if let sender = entry.record.headers[MessageHeader.sender] {
            members.append(JSONMember("sender", .string(sender)))
        }
        members += [
            JSONMember("key", RecordFormat.look(at: entry.key)),
            JSONMember("request", RecordFormat.look(at: entry.request)),
            JSONMember("timestamp", .moment(entry.timestamp)),
            JSONMember("deadline", .moment(entry.deadline)), JSONMember("source", .string(source)),
            JSONMember("headers", HeaderText.json(entry.record.headers)), JSONMember("writer", .string(entry.writer)),
            JSONMember("startedBy", entry.startedBy.map { .string($0) } ?? .null),
            JSONMember("operation", .string(entry.idempotencyKey)),
            JSONMember("steps", .array(steps.map { StepText.row(of: $0) })),
        ]
        return .object(members)
    }
}

extension JSONValue {
    /// A moment as RFC 3339; null when it is not known.
    static func moment(_ moment: Timestamp?) -> JSONValue {
        guard let moment, moment != .unknown else { return .null }
        return .string(moment.rfc3339)
    }
}

extension RecordFormat {
    /// What bytes look like; null for null.
    static func look(at bytes: Bytes?) -> JSONValue { bytes.map { look(at: $0) } ?? .null }
}

/// Headers for people.
enum HeaderText {
    static func json(_ headers: Headers) -> JSONValue {
        .object(headers.entries.map { JSONMember($0.name, RecordFormat.look(at: $0.value)) })
    }
}
