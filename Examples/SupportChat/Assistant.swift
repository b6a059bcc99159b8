import AgentOperators
import ChatModels
import StreamDSL

/// The agent that talks to customers: a model, two tools, and what it remembers.
struct Assistant: Sendable {
    private static let instructions = """
        You are the support of a small shop. Answer in one or two friendly sentences. Look orders up before you talk about them; \
        their numbers look like A-1001. When a customer wants money back, look the order up, then ask for a refund of what was \
        paid: a colleague decides. Never promise a refund that was not made.
        """

    private let agent: ReActAgent

    init(model: any ChatModel, refunds: RefundLedger) {
        agent = ReActAgent(
            "assistant", model: model, instructions: Self.instructions,
            tools: [Self.lookUp, Self.refund(refunds)],
            options: ReActAgent.Options(maxTurns: 6, temperature: 0, approvalTimeout: .days(7)))
    }

    /// What is known of customers for longer than a conversation.
    let memory = Memory("customers", limits: MemoryLimits(maxItems: 100, ttl: .days(90)), commands: false)

    /// How messages are handled.
    var options: AgentOptions {
        AgentOptions(handling: AskOptions(timeout: .minutes(2), inFlight: 64))
    }

    /// One agent for each session.
    var type: AgentType {
        AgentType("assistant", initial: { _ in Conversation() }) {
            on(CustomerMessage.self) { [agent] message, conversation, context in
                conversation.append([.user(message.text)])
                let session = context.id.key
                var recalled: [ChatMessage] = []
                try await context.memory.updateContext(&recalled, with: .recent(5))
                let answer = try await agent.run(
                    recalled + conversation.messages, in: context, accounts: ["session/\(session)"])
                conversation.append(answer.messages)
                // Small talk is soon forgotten; what was looked up or paid is not.
                if answer.turns > 1 {
                    try await context.memory.add(MemoryDraft(text: "Asked: \(message.text) Answered: \(answer.text)"))
                }
                try await context.publish(SupportReply(text: answer.text), to: TopicID("replies", source: session))
            }
        }
    }

    private struct OrderNumber: Decodable, Sendable {
        let order: String
    }

    private struct RefundOrder: Decodable, Sendable {
        let order: String
        let amount: Double
    }

    private struct Paid: Encodable, Sendable {
        let order: String
        let amount: Double
    }

    private static let number = JSONSchema.string("the order's number, such as A-1001", pattern: "^A-[0-9]{4}$")

    private static let lookUp = Tool(
        "look_up_order", "Tells what is known of an order.", parameters: .object(["order": number]), policy: .pure
    ) { (wanted: OrderNumber, _) in try Orders.find(wanted.order) }

    private static func refund(_ refunds: RefundLedger) -> Tool {
        Tool(
            "refund", "Pays a customer back.",
            parameters: .object(["order": number, "amount": .number("in EUR", minimum: 0.01, maximum: 1_000)]),
            requiresApproval: true
        ) { (wanted: RefundOrder, context: ToolContext) in
            // The key is the same when this runs again after a crash: the ledger pays once.
            let refund = try refunds.pay(
                wanted.amount, for: try Orders.find(wanted.order).number, key: context.idempotencyKey)
            return Paid(order: refund.order, amount: refund.amount)
        }
    }
}
