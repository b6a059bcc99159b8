import JSON
public import StreamCore

/// An agent of Aika's kind: a name that messages are sent to, and a handler for each type of message that it knows.
///
/// ```swift
/// EnvelopeAgent("risk") {
///     on("ASSESS_RISK", as: Claim.self) { claim, context in
///         try context.reply("RISK_ASSESSED", Assessment(of: claim))
///     }
/// }
/// ```
public struct EnvelopeAgent: Sendable {
    /// The agent's name, the `target_agent_id` of messages for it.
    public let name: String
    let handlers: [String: EnvelopeHandler]
    let mistakes: [String]

    /// An agent.
    public init(_ name: String, @EnvelopeHandlerBuilder _ handlers: () -> [EnvelopeHandler]) {
        let all = handlers()
        self.name = name
        self.handlers = Dictionary(all.map { ($0.type, $0) }) { first, _ in first }
        var mistakes: [String] = []
        if all.isEmpty { mistakes.append("agent '\(name)' handles nothing") }
        if self.handlers.count < all.count { mistakes.append("agent '\(name)' has two handlers of one message type") }
        self.mistakes = mistakes
    }
}

/// What an agent does with messages of one type.
public struct EnvelopeHandler: Sendable {
    /// The type of message.
    public let type: String
    let run: @Sendable (Envelope, EnvelopeContext) async throws -> Void
}

/// Handles messages of type `type`.
///
/// The handler may run again after a crash or a failure, with the same idempotency key; what it sends counts once. When it
/// throws at every try the message becomes a dead letter, and the audit trail says so.
public func on(
    _ type: String, _ handle: @escaping @Sendable (Envelope, EnvelopeContext) async throws -> Void
) -> EnvelopeHandler {
    EnvelopeHandler(type: type, run: handle)
}

/// Handles messages of type `type` whose payload is a `Payload`; a payload that is none is not tried again.
public func on<Payload: Codable & Sendable>(
    _ type: String, as _: Payload.Type,
    _ handle: @escaping @Sendable (Payload, EnvelopeContext) async throws -> Void
) -> EnvelopeHandler {
    EnvelopeHandler(type: type) { envelope, context in
        let payload: Payload
        do {
            payload = try envelope.payload(as: Payload.self)
        } catch {
            throw EnvelopePayloadError(type: type, reason: "\(error)")
        }
        try await handle(payload, context)
    }
}

extension Envelope {
    /// The payload as a `Payload`.
    ///
    /// - Throws: `SerdeError` that names the field.
    public func payload<Payload: Codable & Sendable>(as _: Payload.Type) throws -> Payload {
        var writer = ByteWriter()
        payload.write(into: &writer)
        return try Serde<Payload>.json().decode(Bytes(writer.bytes))
    }
}

/// A payload that is not what its message type says.
public struct EnvelopePayloadError: AskRetryable, CustomStringConvertible {
    /// The message's type.
    public let type: String
    /// What is wrong.
    public let reason: String

    /// Never: it stays what it is.
    public var isRetryable: Bool { false }

    /// What is wrong, in words.
    public var description: String { "the payload of a '\(type)' cannot be read: \(reason)" }
}

/// Lists the handlers of an agent.
@resultBuilder
public enum EnvelopeHandlerBuilder {
    /// One handler.
    public static func buildExpression(_ handler: EnvelopeHandler) -> [EnvelopeHandler] { [handler] }

    /// All handlers of a block.
    public static func buildBlock(_ parts: [EnvelopeHandler]...) -> [EnvelopeHandler] { parts.flatMap { $0 } }

    /// The handlers under an `if` without an `else`.
    public static func buildOptional(_ part: [EnvelopeHandler]?) -> [EnvelopeHandler] { part ?? [] }
}

/// Lists the agents of a block.
@resultBuilder
public enum EnvelopeAgentBuilder {
    /// One agent.
    public static func buildExpression(_ agent: EnvelopeAgent) -> [EnvelopeAgent] { [agent] }

    /// All agents of a block.
    public static func buildBlock(_ parts: [EnvelopeAgent]...) -> [EnvelopeAgent] { parts.flatMap { $0 } }

    /// The agents under an `if` without an `else`.
    public static func buildOptional(_ part: [EnvelopeAgent]?) -> [EnvelopeAgent] { part ?? [] }
}
