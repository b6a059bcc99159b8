public import AgentOperators
public import JSON
import StreamCore
import Synchronization

/// What a handler knows of the message at hand, and what it can do.
public struct EnvelopeContext: Sendable {
    /// The message.
    public let envelope: Envelope
    /// The agent that handles it.
    public let agent: String
    /// The way to do things durably: `context.durable.step("pay") { … }`.
    public let durable: AskContext
    private let outbox: EnvelopeOutbox

    init(_ envelope: Envelope, agent: String, durable: AskContext, outbox: EnvelopeOutbox) {
        self.envelope = envelope
        self.agent = agent
        self.durable = durable
        self.outbox = outbox
    }

    /// Sends a message, once, with the commit of what the handler does; it belongs to the same conversation and trace.
    ///
    /// - Parameters:
    ///   - type: what it is.
    ///   - target: whom it is for; nil for all.
    ///   - payload: what it says.
    ///   - priority: how urgent it is; as the message at hand when nil.
    public func send(
        _ type: String, to target: String?, json payload: JSONValue, priority: EnvelopePriority? = nil
    ) {
        outbox.add(
            EnvelopeDraft(type: type, target: target, payload: payload, priority: priority ?? envelope.priority))
    }

    /// Sends a message; see ``send(_:to:json:priority:)``.
    ///
    /// - Throws: `SerdeError` when the payload cannot be written.
    public func send(
        _ type: String, to target: String?, _ payload: some Codable & Sendable, priority: EnvelopePriority? = nil
    ) throws {
        send(type, to: target, json: try Self.json(payload), priority: priority)
    }

    /// Answers whoever sent the message at hand.
    ///
    /// - Throws: `SerdeError` when the payload cannot be written.
    public func reply(_ type: String, _ payload: some Codable & Sendable) throws {
        try send(type, to: envelope.source, payload)
    }

    private static func json<Payload: Codable & Sendable>(_ payload: Payload) throws -> JSONValue {
        try JSONValue(parsing: try Serde<Payload>.json().encode(payload) ?? .empty)
    }
}

/// A message that a handler sends, before the task gives it its id and time.
struct EnvelopeDraft: Sendable {
    let type: String
    let target: String?
    let payload: JSONValue
    let priority: EnvelopePriority
}

/// What a run of a handler sends; handlers may send from several tasks.
final class EnvelopeOutbox: Sendable {
    private let drafts = Mutex<[EnvelopeDraft]>([])

    func add(_ draft: EnvelopeDraft) { drafts.withLock { $0.append(draft) } }

    var all: [EnvelopeDraft] { drafts.withLock { $0 } }
}
