import AgentOperators
import ChatModels
import Foundation
import JSON
import Operations
import StreamCore
import StreamDSL
import StreamTesting
import Testing

@testable import SupportChat

/// The example in the driver, which blocks its thread: each test has one of its own.
@Suite("SupportChat", .timeLimit(.minutes(15)))
struct SupportChatTests {
    private final class Desk {
        let driver: TopologyTestDriver
        let refunds: RefundLedger
        private var said = 0

        init(_ folder: String, model: any ChatModel = RuleModel()) throws {
            refunds = RefundLedger(path: folder + "/refunds.jsonl")
            driver = try TopologyTestDriver(
                SupportChat.topology(Assistant(model: model, refunds: refunds)), clock: ManualWallClock(),
                stateDirectory: folder + "/state")
        }

        func write(_ text: String, session: String = "ann") throws {
            try driver.pipe(
                SupportChat.chats, session, CustomerMessage(text: text), at: driver.clock.now().milliseconds)
        }

        /// Writes and waits for the answer.
        func ask(_ text: String, session: String = "ann") throws -> [String] {
            try write(text, session: session)
            _ = try driver.awaitAnswers(upTo: .seconds(120))
            return try replies()
        }

        func replies() throws -> [String] {
            try driver.take(SupportChat.replies).map { "\($0.key): \($0.value.text)" }
        }

        /// The next record about an approval.
        func approval() throws -> ApprovalRecord {
            while true {
                _ = try driver.awaitAnswers(upTo: .milliseconds(20))
                if let record = driver.takeRaw("support-approvals").last {
                    return try ApprovalRecord.serde.decode(record.value)
                }
            }
        }

        func decide(_ question: ApprovalRecord, _ verdict: String, reason: String? = nil) throws {
            let vote = ApprovalVote(verdict: verdict, by: "bea", reason: reason, edited: nil)
            try driver.pipe(
                question.answerTopic, key: Bytes("ann"), value: try ApprovalVote.serde.encode(vote),
                at: driver.clock.now().milliseconds, headers: ApprovalVote.headers(question.operation))
            _ = try driver.awaitAnswers(upTo: .seconds(120))
        }
    }

    private func onThread(_ body: @escaping @Sendable (String) throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "support-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { continuation.resume(with: Result { try body(folder) }) }
        }
    }

    @Test func `sessions are answered, each from what it remembers`() async throws {
        try await onThread { folder in
            let desk = try Desk(folder)
            let greeting = try desk.ask("Good morning")
            #expect(greeting.first?.hasPrefix("ann: Hello!") == true)
            #expect(
                try desk.ask("Where is A-1002?")
                    == ["ann: Order A-1002, the desk lamp: on its way, expected on Friday."])
            #expect(
                try desk.ask("And when does my order come?")
                    == ["ann: Order A-1002, the desk lamp: on its way, expected on Friday."])
            #expect(
                try desk.ask("Where is my order?", session: "bob")
                    == ["bob: Which order is it? Its number looks like A-1001."])
            #expect(try desk.ask("Where is A-9999?") == ["ann: I cannot find order A-9999. Is the number right?"])
        }
    }

    @Test func `what was looked up is known when the conversation has moved on, and after a restart`() async throws {
        try await onThread { folder in
            let desk = try Desk(folder)
            _ = try desk.ask("Where is A-1003?")
            for _ in 0..<15 { _ = try desk.ask("Hello again") }
            try desk.driver.close()
            let second = try Desk(folder)
            #expect(
                try second.ask("Where is my order?")
                    == ["ann: Order A-1003, the headphones: delivered on 28 February."])
            #expect(
                try second.ask("Where is my order?", session: "bob")
                    == ["bob: Which order is it? Its number looks like A-1001."])
        }
    }

    @Test func `a refund waits for a person, days and a restart, and is paid once`() async throws {
        try await onThread { folder in
            let first = try Desk(folder)
            try first.write("My kettle A-1001 is broken, I want my money back")
            let question = try first.approval()
            #expect(question.status == .pending)
            #expect(question.details == #"{"order":"A-1001","amount":49.9}"#)
            try first.driver.advance(by: .days(2))
            #expect(try first.replies() == [])
            #expect(try first.refunds.refunds() == [])
            try first.driver.close()
            let second = try Desk(folder)
            second.driver.clock.advance(by: .days(2))
            try second.decide(question, "approved")
            #expect(
                try second.replies() == [
                    "ann: Done: 49.9 EUR for the kettle of order A-1001 are on their way back to you."
                ])
            #expect(try second.refunds.refunds().map(\.amount) == [49.9])
            try second.decide(question, "approved")
            #expect(try second.replies() == [])
            #expect(try second.refunds.refunds().count == 1)
        }
    }

    @Test func `a refund that is rejected is not paid`() async throws {
        try await onThread { folder in
            let desk = try Desk(folder)
            try desk.write("refund A-1003 please")
            try desk.decide(try desk.approval(), "rejected", reason: "too late")
            #expect(try desk.replies() == ["ann: I am sorry: my colleagues do not refund order A-1003."])
            #expect(try desk.refunds.refunds() == [])
        }
    }

    @Test func `a model over HTTP is told the tools, and what people decided`() async throws {
        let server = try ScriptedModelServer { request in
            switch request.lastText {
            case "refund A-1001":
                .toolCalls([
                    ToolCall(id: "1", name: "look_up_order", arguments: #"{"order":"A-1001"}"#),
                    ToolCall(id: "2", name: "refund", arguments: #"{"order":"A-1001","amount":5000}"#),
                ])
            case let text where text.contains("/amount: expected at most"):
                .toolCalls([ToolCall(id: "3", name: "refund", arguments: #"{"order":"A-1001","amount":49.9}"#)])
            default: .answer(request.lastText)
            }
        }
        try await onThread { folder in
            let model = OpenAIChatModel(
                "m", at: OpenAIEndpoint(server.baseURL, key: nil, clock: ManualWallClock()))
            let desk = try Desk(folder, model: model)
            try desk.write("refund A-1001")
            try desk.decide(try desk.approval(), "rejected", reason: "ask Carl")
            let replies = try desk.replies()
            #expect(replies.first?.contains("a person rejected it (ask Carl)") == true)
        }
        #expect(server.requests.first?.body["tools"]?.elements?.count == 2)
    }

    @Test func `a conversation keeps to its size, and to whole turns`() {
        var conversation = Conversation()
        for number in 0..<50 {
            conversation.append([
                .user("\(number)"), .assistant("", toolCalls: [ToolCall(id: "c", name: "t", arguments: "{}")]),
                .tool("r", for: "c"), .assistant("a"),
            ])
        }
        #expect(conversation.messages.count <= 20)
        #expect(conversation.messages.first?.role == .user)
        #expect(conversation.messages.last?.role == .assistant)
    }
}
