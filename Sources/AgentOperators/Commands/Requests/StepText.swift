import Console
import Operations
import StreamCore

/// Steps of a journal for people.
enum StepText {
    /// The step as a row.
    static func row(of step: StepEntry, index: Int? = nil) -> JSONValue {
        var members: [JSONMember] = []
        if let index { members.append(JSONMember("step", .integer(Int64(index)))) }
        members += [
            JSONMember("name", .string(name(of: step))), JSONMember("kind", .string(kind(of: step))),
            JSONMember("state", .string(state(of: step))), JSONMember("nextRun", .string(nextRun(of: step))),
            JSONMember("at", .moment(step.at)), JSONMember("due", .moment(step.due)),
            JSONMember("value", value(of: step)), JSONMember("writer", .string(step.writer)),
            JSONMember("version", .string(step.version)),
        ]
        return .object(members)
    }

    /// What the handler calls it; the second of one name is `name#2`.
    static func name(of step: StepEntry) -> String {
        let name = step.name.isEmpty ? kind(of: step) : step.name
        return step.occurrence == 0 ? name : "\(name)#\(step.occurrence + 1)"
    }

    /// What it is: `approval`, `ask`, `tell`, … where the handler asked or told somebody.
    static func kind(of step: StepEntry) -> String {
        if !step.detail.isEmpty { return step.detail }
        switch step.kind {
        case .step: return "step"
        case .now: return "now"
        case .random: return "random"
        case .sleep: return "sleep"
        case .external: return "ask"
        case .note: return "tell"
        }
    }

    private static func state(of step: StepEntry) -> String {
        switch step.state {
        case .open: step.kind == .step ? "begun" : "waiting"
        case .done: "done"
        case .failed: "failed"
        case .expired: "expired"
        }
    }

    /// What becomes of it when the handler is run again.
    private static func nextRun(of step: StepEntry) -> String {
        switch (step.state, step.kind) {
        case (.open, .step): "decided by its policy"
        case (.open, _): "waits on"
        default: "reused"
        }
    }

    private static func value(of step: StepEntry) -> JSONValue {
        guard let bytes = step.value else { return .null }
        if step.kind == .external, step.state == .done, let reply = try? AgentCoding.reply(bytes) {
            return RecordFormat.look(at: reply.bytes)
        }
        if step.kind == .external || step.kind == .note, let envelope = try? AgentCoding.envelope(bytes) {
            return [
                "to": .string(envelope.topic?.description ?? envelope.recipient.description),
                "type": .string(envelope.payload.type), "payload": RecordFormat.look(at: envelope.payload.bytes),
            ]
        }
        return RecordFormat.look(at: bytes)
    }
}
