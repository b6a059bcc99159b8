import StreamCore

/// An agent type: its name, what it does with messages, how its agents begin, and what it listens to.
///
/// ```swift
/// AgentType("counter", initial: { _ in Count() }) {
///     on(Add.self) { message, count, context in
///         count.total += message.amount
///         return Total(count.total)
///     }
/// }
/// .subscribed(to: "default")
/// ```
///
/// There is one agent for each key. It is made from its stored state for each message and handles one message at a time.
public struct AgentType: Sendable {
    /// Makes of a message, and the agent's stored state, a reply and its new state.
    typealias Run = @Sendable (AgentPayload, Bytes?, AgentContext) async throws -> AgentOutcome

    /// The type's name.
    public let name: String
    let run: Run
    let takes: @Sendable (_ type: String, _ isRequest: Bool) -> Bool
    /// The names of the messages that it has handlers for; `*` stands for all others.
    let messages: [String]
    private(set) var subscriptions: [AgentSubscription] = []
    private(set) var keys: Set<String>?
    private(set) var mistakes: [String] = []

    /// An agent type whose agents keep state.
    ///
    /// - Parameters:
    ///   - name: its name; part of every agent's address and of stored state.
    ///   - initial: makes the state of an agent when the first message for its key arrives.
    ///   - handlers: what it does; the first handler that takes a message gets it.
    public init<State: Codable & Sendable>(
        _ name: String, initial: @escaping @Sendable (AgentID) throws -> State,
        @AgentHandlerBuilder<State> _ handlers: () -> [AgentHandler<State>]
    ) {
        self.name = name
        let handlers = handlers()
        var seen: Set<String> = []
        messages = handlers.map { $0.type ?? "*" }.filter { seen.insert($0).inserted }
        takes = { type, isRequest in handlers.contains { $0.accepts(type, isRequest) } }
        run = { payload, stored, context in
            guard let handler = handlers.first(where: { $0.accepts(payload.type, context.isRequest) }) else {
                throw AgentError("unhandled", "'\(context.id.type)' does not handle '\(payload.type)'")
            }
            let before = try stored.map { try AgentState<State>.read($0, of: context.id) } ?? initial(context.id)
            var state = before
            let reply = try await handler.run(payload, &state, context)
            return AgentOutcome(reply: reply, state: try AgentState.write(state, of: context.id))
        }
        do { try AgentNameError.check(agentType: name) } catch { mistakes.append(error.description) }
        if handlers.isEmpty { mistakes.append("agent type '\(name)' handles nothing") }
    }

    /// An agent type whose agents keep no state.
    public init(_ name: String, @AgentHandlerBuilder<NoState> _ handlers: () -> [AgentHandler<NoState>]) {
        self.init(name, initial: { _ in NoState() }, handlers)
    }

    /// Listens to what is published to topics of type `type`, by default to the default topic.
    public func subscribed(to type: String = TopicID.defaultType) -> AgentType { subscribed(.type(type)) }

    /// Listens to what is published to topics whose type begins with `prefix`.
    public func subscribed(toPrefix prefix: String) -> AgentType { subscribed(.prefix(prefix)) }

    /// Has agents of these keys only; others do not exist: AutoGen's registered instances.
    public func only(keys: Set<String>) -> AgentType {
        var type = self
        type.keys = keys
        return type
    }

    /// Whether there is, or may be made, an agent of this key.
    func has(_ key: String) -> Bool { keys?.contains(key) ?? true }

    private func subscribed(_ match: AgentSubscription.Match) -> AgentType {
        var type = self
        let subscription = AgentSubscription(match, agentType: name)
        if type.subscriptions.contains(subscription) {
            type.mistakes.append("agent type '\(name)' has the subscription '\(subscription)' twice")
        }
        if case .type(let topic) = match {
            do { try AgentNameError.check(topicType: topic) } catch { type.mistakes.append(error.description) }
        }
        type.subscriptions.append(subscription)
        return type
    }
}

/// The state of agents that keep none.
public struct NoState: Codable, Sendable, Hashable {
    /// Nothing.
    public init() {}
}

/// What a handler made of a message.
struct AgentOutcome: Sendable {
    /// What the asker gets; nil is a void reply.
    let reply: AgentPayload?
    /// The agent's new state; nil when it keeps none.
    let state: Bytes?
}

/// How agents' states are kept: JSON, so that tools and people can read them.
enum AgentState<State: Codable & Sendable> {
    static func read(_ bytes: Bytes, of agent: AgentID) throws -> State {
        do {
            return try Serde<State>.json().decode(bytes)
        } catch {
            throw AgentError(
                "unreadableState",
                "the stored state of '\(agent)' does not fit \(State.self) (\(error)): give new fields defaults, or delete the agent's state"
            )
        }
    }

    static func write(_ state: State, of agent: AgentID) throws -> Bytes? {
        guard State.self != NoState.self else { return nil }
        do {
            return try Serde<State>.json().encode(state)
        } catch {
            throw AgentError("unwritableState", "the new state of '\(agent)' cannot be written: \(error)")
        }
    }
}

extension AgentHandler {
    /// Whether it takes messages of this type.
    func accepts(_ type: String, _ isRequest: Bool) -> Bool {
        (self.type == nil || self.type == type) && takes.includes(isRequest: isRequest)
    }
}
