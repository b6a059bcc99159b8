public import ChatModels
import JSON
import StreamCore

/// A model that thinks and acts in turns: it answers, or wants tools called, is told what came of them, and goes on.
///
/// Every call of the model and of a tool is a step of the ``DurableContext``: after a crash the run goes on where it
/// stopped, and nothing is asked or done again that is in the journal.
public struct ReActAgent: Sendable {
    /// How a run goes.
    public struct Options: Sendable {
        /// How often the model is asked at most.
        public var maxTurns: Int
        /// How many tool calls of one answer are made; the model is told that the others were not.
        public var maxCallsPerTurn: Int
        /// How freely the model chooses; nil leaves it to the model.
        public var temperature: Double?
        /// How many tokens an answer may have; nil leaves it to the model.
        public var maxTokens: Int?
        /// How long a person has to agree to a call; nil means as long as the request's deadline allows.
        public var approvalTimeout: Duration?
        /// Who pays, for budgets.
        public var accounts: [String]

        /// Options.
        public init(
            maxTurns: Int = 10, maxCallsPerTurn: Int = 16, temperature: Double? = nil, maxTokens: Int? = nil,
            approvalTimeout: Duration? = nil, accounts: [String] = []
        ) {
            self.maxTurns = maxTurns
            self.maxCallsPerTurn = maxCallsPerTurn
            self.temperature = temperature
            self.maxTokens = maxTokens
            self.approvalTimeout = approvalTimeout
            self.accounts = accounts
        }
    }

    /// Sees what happens while it happens; what the journal holds does not happen again, refused calls are seen at each run.
    public typealias Observer = @Sendable (ReActEvent) async -> Void

    /// The agent's name: part of the names of its steps.
    public let name: String
    /// What the model is told before everything else.
    public let instructions: String
    /// What the model may want done.
    public let tools: [Tool]
    let model: any ChatModel
    let options: Options
    let observer: Observer?

    /// An agent.
    ///
    /// - Parameters:
    ///   - name: its name: part of the names of its steps.
    ///   - model: the model that thinks.
    ///   - instructions: what it is told before everything else; empty means nothing.
    ///   - tools: what it may want done; of several with one name the first counts.
    ///   - options: how a run goes.
    ///   - observer: sees what happens while it happens, answers part by part.
    public init(
        _ name: String, model: any ChatModel, instructions: String = "", tools: [Tool] = [],
        options: Options = Options(), observer: Observer? = nil
    ) {
        self.name = name
        self.model = model
        self.instructions = instructions
        self.tools = tools
        self.options = options
        self.observer = observer
    }

    /// The same agent with another observer, for example one that streams to whoever asks now.
    public func observed(by observer: @escaping Observer) -> ReActAgent {
        ReActAgent(
            name, model: model, instructions: instructions, tools: tools, options: options, observer: observer)
    }

    /// Goes on with `conversation` until the model answers without wanting tools.
    ///
    /// - Parameters:
    ///   - conversation: what was said before, ending with what is asked.
    ///   - context: journals the steps.
    ///   - accounts: who pays beside those of the options, for example the tenant that asks.
    /// - Returns: the answer, and what was said on the way.
    /// - Throws: ``ReActFailure``; `ChatModelError`, which journals nothing, so that another run asks again; ``StepFailure``;
    ///   `CancellationError`.
    public func run(
        _ conversation: [ChatMessage], in context: any DurableContext, accounts: [String] = []
    ) async throws -> ReActAnswer {
        var answer = ReActAnswer(text: "", messages: [], usage: TokenUsage(), turns: 0, finishReason: .stop)
        while answer.turns < options.maxTurns {
            answer.turns += 1
            let reply = try await think(conversation + answer.messages, answer.turns, context, accounts)
            answer.usage = answer.usage + (reply.usage ?? TokenUsage())
            guard reply.finishReason != .contentFilter else {
                throw ChatModelError(.contentFilter, "the provider held back the answer")
            }
            let message = distinct(reply.message, turn: answer.turns)
            answer.messages.append(message)
            guard !message.toolCalls.isEmpty else {
                answer.text = message.content
                answer.finishReason = reply.finishReason
                return answer
            }
            answer.messages += try await act(message.toolCalls, context)
        }
        throw ReActFailure(
            .turnsExhausted, "'\(name)' has no answer after \(options.maxTurns) turns, \(answer.usage.total) tokens")
    }

    /// Goes on with what a user says.
    ///
    /// - Throws: as ``run(_:in:accounts:)``.
    public func run(
        _ text: String, in context: any DurableContext, accounts: [String] = []
    ) async throws -> ReActAnswer {
        try await run([.user(text)], in: context, accounts: accounts)
    }

    private func think(
        _ conversation: [ChatMessage], _ turn: Int, _ context: any DurableContext, _ accounts: [String]
    ) async throws -> ChatReply {
        let system = instructions.isEmpty ? [] : [ChatMessage.system(instructions)]
        let request = ChatRequest(
            system + conversation, tools: tools.map(\.declaration), temperature: options.temperature,
            maxTokens: options.maxTokens, deadline: context.deadline, accounts: options.accounts + accounts)
        return try await context.step("\(name).model", policy: .idempotent) { [model, observer] step in
            var request = request
            request.idempotencyKey = step.idempotencyKey
            let final = request
            return try await RunTrace.chat(model.name, final, key: step.idempotencyKey) {
                guard let observer else { return try await model.complete(final) }
                return try await model.complete(final) { await observer(.delta(turn: turn, $0)) }
            }
        }
    }

    /// Results are told by the ids of their calls: models that give none, or one twice, get some.
    private func distinct(_ message: ChatMessage, turn: Int) -> ChatMessage {
        var message = message
        var seen: Set<String> = []
        for index in message.toolCalls.indices {
            let id = message.toolCalls[index].id
            if id.isEmpty || !seen.insert(id).inserted {
                message.toolCalls[index].id = "call-\(turn)-\(index)"
                seen.insert(message.toolCalls[index].id)
            }
        }
        return message
    }
}
