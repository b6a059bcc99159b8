/// What an agent type does with messages of one type.
///
/// Made by `on` and `onAny`; erased, because a type's handlers take different messages.
public struct AgentHandler<State: Codable & Sendable>: Sendable {
    /// What a handler makes of a message: the reply, nil when it is void.
    typealias Run = @Sendable (AgentPayload, inout State, AgentContext) async throws -> AgentPayload?

    /// The name of the messages that it takes; nil means all that nothing else takes.
    let type: String?
    /// Whether it takes requests, published messages, or both.
    let takes: Takes
    let run: Run

    /// Which messages a handler takes.
    public enum Takes: Sendable, Hashable {
        /// Requests and published messages.
        case both
        /// Requests only: AutoGen's `rpc`.
        case requests
        /// Published messages only: AutoGen's `event`.
        case events

        func includes(isRequest: Bool) -> Bool {
            switch self {
            case .both: true
            case .requests: isRequest
            case .events: !isRequest
            }
        }
    }

    init(type: String?, takes: Takes, run: @escaping Run) {
        self.type = type
        self.takes = takes
        self.run = run
    }
}

/// Handles messages of one type and replies.
///
/// - Parameters:
///   - message: the messages' type.
///   - takes: requests, published messages, or both; what a handler replies to a published message goes nowhere.
///   - body: gets the message, the agent's state, which it may change, and what it may do.
/// - Returns: a handler for ``AgentType``.
public func on<Message: Codable & Sendable, Reply: Codable & Sendable, State: Codable & Sendable>(
    _ message: Message.Type, takes: AgentHandler<State>.Takes = .both,
    _ body: @escaping @Sendable (Message, inout State, AgentContext) async throws -> Reply
) -> AgentHandler<State> {
    AgentHandler(type: AgentPayload.name(of: message), takes: takes) { payload, state, context in
        let message: Message = try HandlerInput.decode(payload)
        return try AgentPayload(await body(message, &state, context))
    }
}

/// Handles messages of one type, keeping no state, and replies: as `on` with state otherwise.
public func on<Message: Codable & Sendable, Reply: Codable & Sendable, State: Codable & Sendable>(
    _ message: Message.Type, takes: AgentHandler<State>.Takes = .both,
    _ body: @escaping @Sendable (Message, AgentContext) async throws -> Reply
) -> AgentHandler<State> {
    on(message, takes: takes) { message, _, context in try await body(message, context) }
}

/// Handles messages of one type without state or reply: as `on` with state otherwise.
public func on<Message: Codable & Sendable, State: Codable & Sendable>(
    _ message: Message.Type, takes: AgentHandler<State>.Takes = .both,
    _ body: @escaping @Sendable (Message, AgentContext) async throws -> Void
) -> AgentHandler<State> {
    on(message, takes: takes) { message, _, context in try await body(message, context) }
}

/// Handles messages of one type without a reply: a request is answered by a void one.
///
/// - Parameters:
///   - message: the messages' type.
///   - takes: requests, published messages, or both.
///   - body: gets the message, the agent's state, which it may change, and what it may do.
/// - Returns: a handler for ``AgentType``.
public func on<Message: Codable & Sendable, State: Codable & Sendable>(
    _ message: Message.Type, takes: AgentHandler<State>.Takes = .both,
    _ body: @escaping @Sendable (Message, inout State, AgentContext) async throws -> Void
) -> AgentHandler<State> {
    AgentHandler(type: AgentPayload.name(of: message), takes: takes) { payload, state, context in
        let message: Message = try HandlerInput.decode(payload)
        try await body(message, &state, context)
        return nil
    }
}

/// Handles whatever no other handler of the type takes, as it came.
///
/// - Parameters:
///   - takes: requests, published messages, or both.
///   - body: gets the message, the agent's state, which it may change, and what it may do; returns the reply, nil a void one.
/// - Returns: a handler for ``AgentType``.
public func onAny<State: Codable & Sendable>(
    takes: AgentHandler<State>.Takes = .both,
    _ body: @escaping @Sendable (AgentPayload, inout State, AgentContext) async throws -> AgentPayload?
) -> AgentHandler<State> {
    AgentHandler(type: nil, takes: takes, run: body)
}

/// Reads what a handler is given.
enum HandlerInput {
    /// - Throws: ``AgentError`` that no further try can mend.
    static func decode<Message: Codable & Sendable>(_ payload: AgentPayload) throws -> Message {
        do {
            return try payload.decode()
        } catch {
            throw AgentError(
                "undecodable", "the message of type '\(payload.type)' cannot be read: \(error)", isRetryable: false)
        }
    }
}

/// Lists the handlers of an agent type.
@resultBuilder
public enum AgentHandlerBuilder<State: Codable & Sendable> {
    /// One handler.
    public static func buildExpression(_ handler: AgentHandler<State>) -> [AgentHandler<State>] { [handler] }

    /// All handlers of a block, in order: the first that takes a message gets it.
    public static func buildBlock(_ parts: [AgentHandler<State>]...) -> [AgentHandler<State>] { parts.flatMap { $0 } }

    /// The handlers under an `if` without an `else`.
    public static func buildOptional(_ part: [AgentHandler<State>]?) -> [AgentHandler<State>] { part ?? [] }

    /// The handlers under an `if`.
    public static func buildEither(first part: [AgentHandler<State>]) -> [AgentHandler<State>] { part }

    /// The handlers under an `else`.
    public static func buildEither(second part: [AgentHandler<State>]) -> [AgentHandler<State>] { part }
}
