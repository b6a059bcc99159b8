public import AgentOperators
public import JSON
public import StreamCore

/// What an agent's handler is given.
public struct A2AWork: Sendable {
    /// The message at hand.
    public let message: A2AMessage
    /// The task that it belongs to, as it was when the handler began; nil where answers are messages.
    public let task: A2ATask?
    /// How the client wants it dealt with.
    public let configuration: A2ASendConfiguration?
    /// What else the client says, an object.
    public let metadata: JSONValue?
    /// The tenant; empty where there is none.
    public let tenant: String

    /// Work, for tests of handlers.
    public init(
        message: A2AMessage, task: A2ATask? = nil, configuration: A2ASendConfiguration? = nil,
        metadata: JSONValue? = nil, tenant: String = ""
    ) {
        self.message = message
        self.task = task
        self.configuration = configuration
        self.metadata = metadata
        self.tenant = tenant
    }
}

/// What an agent's handler comes to.
public enum A2AOutcome: Sendable, Hashable, Codable {
    /// The work is done; perhaps with a last word.
    case completed(String? = nil)
    /// The user must say more.
    case inputRequired(String)
    /// The user must bring credentials.
    case authRequired(String)
    /// The work cannot be done.
    case failed(String)
    /// The agent does not want to.
    case rejected(String)

    var state: A2ATaskState {
        switch self {
        case .completed: .completed
        case .inputRequired: .inputRequired
        case .authRequired: .authRequired
        case .failed: .failed
        case .rejected: .rejected
        }
    }

    var text: String? {
        switch self {
        case .completed(let text): text
        case .inputRequired(let text), .authRequired(let text), .failed(let text), .rejected(let text): text
        }
    }
}

/// What an agent's handler may do.
///
/// Updates and artifacts are events of the task: each is journalled and published once, in order, however often a crash
/// runs the handler. The handler must therefore say the same at every run: what chance or the world decide goes into
/// ``step(_:policy:_:)``.
public struct A2AContext: DurableContext {
    static let eventKind = "a2a-event"

    let ask: AskContext
    let taskID: String
    let contextID: String

    /// The same at every run for the same message.
    public var idempotencyKey: String { ask.idempotencyKey }
    /// Which run this is in this process, from 1.
    public var attempt: Int { ask.attempt }
    /// When the handler is given up.
    public var deadline: Timestamp { ask.deadline }
    /// The request's headers: traces, and what the client sent along.
    public var headers: Headers { ask.headers.withoutMessageFields }

    /// Says that the task is under way, perhaps with a word to it.
    ///
    /// - Throws: ``AgentError`` where answers are messages; ``StepFailure``; `CancellationError`.
    public func working(_ text: String? = nil) async throws {
        try await working(text.map { [A2APart.text($0)] } ?? [])
    }

    /// Says that the task is under way, with a message of these parts; none says nothing.
    ///
    /// - Throws: ``AgentError`` where answers are messages; ``StepFailure``; `CancellationError`.
    public func working(_ parts: [A2APart]) async throws {
        // The task's operator fills in ids and times: they are the event's, not the run's.
        let message = parts.isEmpty ? nil : A2AMessage("-", role: .agent, parts: parts)
        try await emit(
            .statusUpdate(
                A2AStatusUpdate(taskID: taskID, contextID: contextID, status: A2ATaskStatus(.working, message: message))
            ))
    }

    /// Adds an artifact to the task, or parts to one of its artifacts.
    ///
    /// - Parameters:
    ///   - artifact: the artifact, or what is new of it.
    ///   - append: whether its parts go after those of the artifact of that id, which must be there.
    ///   - lastChunk: whether nothing more of it comes.
    /// - Throws: ``AgentError`` where answers are messages; ``StepFailure``; `CancellationError`.
    public func send(_ artifact: A2AArtifact, append: Bool = false, lastChunk: Bool = false) async throws {
        try await emit(
            .artifactUpdate(
                A2AArtifactUpdate(
                    taskID: taskID, contextID: contextID, artifact: artifact, append: append, lastChunk: lastChunk)))
    }

    private func emit(_ event: A2AStreamResponse) async throws {
        guard !taskID.isEmpty else {
            throw AgentError("noTask", "this agent answers with messages, which have no task to update")
        }
        try await ask.say(kind: Self.eventKind, name: "event", payload: Bytes(event.json.text))
    }

    /// Does something once and remembers what came of it.
    @discardableResult public func step<Value: Codable & Sendable>(
        _ name: String, policy: StepPolicy<Value>, _ body: @escaping @Sendable (StepContext) async throws -> Value
    ) async throws -> Value { try await ask.step(name, policy: policy, body) }

    /// The time of day when it was first asked here.
    public func now() async throws -> Timestamp { try await ask.now() }

    /// 64 random bits, the same at every run.
    public func random() async throws -> UInt64 { try await ask.random() }

    /// Waits, over restarts, and holds no slot meanwhile.
    public func sleep(for duration: Duration) async throws { try await ask.sleep(for: duration) }

    /// Asks a person: not here, where ``A2AOutcome/inputRequired(_:)`` asks the client.
    ///
    /// - Throws: ``AgentFailure`` with code `undeliverable`.
    public func approval(_ name: String, _ request: ApprovalRequest) async throws -> ApprovalDecision {
        try await ask.approval(name, request)
    }
}
