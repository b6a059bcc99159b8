import AgentOperators
import ChatModels
import Foundation
import StreamDSL

/// Customers write on one topic, an agent that remembers, looks things up and asks before it pays answers on another.
@main struct SupportChat: AgentApplication {
    static let chats = Topic("chats", key: .string, value: .json(CustomerMessage.self))
    static let replies = Topic("replies", key: .string, value: .json(SupportReply.self))

    var summary: String { "answers customers by an agent with memory, tools and human approval" }

    var extensions: [any ApplicationExtension] { [ModelContextExtension()] }

    var topology: StreamTopology {
        get throws {
            let refunds = ProcessInfo.processInfo.environment["SUPPORT_REFUNDS"] ?? "refunds.jsonl"
            let assistant = Assistant(model: try SupportModel.chosen(), refunds: RefundLedger(path: refunds))
            return try Self.topology(assistant)
        }
    }

    /// A session is the key of its records: its messages reach the agent of that key one after the other.
    static func topology(_ assistant: Assistant) throws -> StreamTopology {
        try StreamTopology("support") {
            let desk = agents(named: "desk", options: assistant.options, memory: assistant.memory) {
                assistant.type
            }
            chats.stream().tell(desk, named: "to-assistant") { AgentID("assistant", $0.key) }
            desk
            desk.publications.published(to: "replies", as: SupportReply.self, named: "answers").to(replies)
        }
    }
}
