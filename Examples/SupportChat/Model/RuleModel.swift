import ChatModels
import Foundation
import JSON

/// Stands for a language model where there is none: a few rules over the conversation, always the same answer.
struct RuleModel: ChatModel {
    let name = "rules"

    func complete(_ request: ChatRequest) async throws -> ChatReply { answer(request.messages) }

    func stream(_ request: ChatRequest) -> AsyncThrowingStream<ChatDelta, any Error> {
        let reply = answer(request.messages)
        return AsyncThrowingStream { continuation in
            for word in reply.message.content.split(separator: " ") { continuation.yield(.text("\(word) ")) }
            for (index, call) in reply.message.toolCalls.enumerated() {
                continuation.yield(
                    .toolCall(index: index, id: call.id, name: call.name, arguments: call.arguments))
            }
            continuation.yield(.finish(reply.finishReason))
            continuation.finish()
        }
    }

    private func answer(_ messages: [ChatMessage]) -> ChatReply {
        let asked = messages.lastIndex { $0.role == .user } ?? 0
        let question = messages.isEmpty ? "" : messages[asked].content.lowercased()
        let results = messages.dropFirst(asked + 1).filter { $0.role == .tool }.map(\.content)
        let wantsMoney = ["refund", "money back", "broken"].contains { question.contains($0) }
        let isAboutOrder = ["order", "where", "when", "a-"].contains { question.contains($0) }
        guard wantsMoney || isAboutOrder else {
            return say("Hello! I can tell you where an order is, and ask for a refund. What can I do for you?")
        }
        guard let order = number(in: messages) else { return say("Which order is it? Its number looks like A-1001.") }
        guard let found = results.first else { return call("look_up_order", ["order": .string(order)]) }
        guard let known = try? JSONValue(parsing: found), let item = known["item"]?.stringValue,
            let paid = known["paid"]
        else { return say("I cannot find order \(order). Is the number right?") }
        guard wantsMoney else {
            return say("Order \(order), the \(item): \(known["status"]?.stringValue ?? "nothing is known").")
        }
        guard results.count > 1, let outcome = results.last else {
            return call("refund", ["order": .string(order), "amount": paid])
        }
        // The ledger's answer ends the text; before it stands what a colleague changed, with braces of its own.
        guard let refund = outcome.lastIndex(of: "{").flatMap({ try? JSONValue(parsing: String(outcome[$0...])) }),
            let amount = refund["amount"]?.text
        else { return say("I am sorry: my colleagues do not refund order \(order).") }
        return say("Done: \(amount) EUR for the \(item) of order \(order) are on their way back to you.")
    }

    /// The order that was named last.
    private func number(in messages: [ChatMessage]) -> String? {
        let said = messages.filter { $0.role == .user }
        let remembered = messages.filter { $0.role == .system && $0.content.contains("Asked:") }
        for message in said.reversed() + remembered.reversed() {
            let text = message.content.uppercased()
            if let range = text.range(of: "A-[0-9]{4}", options: .regularExpression) { return String(text[range]) }
        }
        return nil
    }

    private func say(_ text: String) -> ChatReply { ChatReply(.assistant(text), model: name) }

    private func call(_ tool: String, _ arguments: JSONValue) -> ChatReply {
        let call = ToolCall(id: "call-\(tool)", name: tool, arguments: arguments.text)
        return ChatReply(.assistant("", toolCalls: [call]), finishReason: .toolCalls, model: name)
    }
}
