import AgentOperators
import ChatModels
import Foundation
import MemoryIndex
import StreamCore
import StreamDSL
import StreamTesting
import Testing

/// The agent on the journal of a task, over HTTP.
@Suite("ReActAgent in a stream", .timeLimit(.minutes(15)))
struct ReActInStreamTests {
    private struct Money: Codable, Sendable {
        let amount: Int
    }

    /// The bench's time of day is its own: deadlines are held against that.
    private func model(_ server: ScriptedModelServer) -> OpenAIChatModel {
        let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
        return OpenAIChatModel("m", at: OpenAIEndpoint(server.baseURL, key: nil, clock: clock))
    }

    @Test func `what an agent has done is not done again after a crash`() async throws {
        let server = try ScriptedModelServer { request in
            // The process dies while the model thinks about what the tool has done.
            if request.number == 1 { return .silence }
            return request.lastText == "pay"
                ? .toolCalls([ToolCall(id: "c", name: "charge", arguments: #"{"amount":3}"#)])
                : .answer("\(request.conversation.count)")
        }
        let till = Till()
        let charge = Tool("charge", "Charges.", parameters: .object(["amount": .integer()])) {
            (money: Money, context: ToolContext) in
            try await till.ring("charge", StepContext(idempotencyKey: context.idempotencyKey))
            return money.amount
        }
        let agent = ReActAgent("support", model: model(server), tools: [charge])
        let bench = try TaskBench(
            StreamTopology("app") {
                TaskBench.input.stream().mapAsync(named: "answer") { _, context in
                    Int(try await agent.run("pay", in: context).text) ?? -1
                }.texts().to(TaskBench.output)
            })
        try bench.feed("a", 1)
        try await bench.settle { server.count == 2 }
        #expect(bench.journalled("answer", store: "steps") == 2)
        try bench.crash()
        #expect(try await bench.outcomes(1) == ["a=3"])
        #expect(till.calls.count == 1)
        let keys = server.requests.map { $0.idempotencyKey ?? "" }
        #expect(keys.count == 3)
        #expect(keys[1] == keys[2])
        #expect(keys[0] != keys[1])
        #expect(bench.journalled("answer", store: "steps") == 0)
    }

    @Test func `an agent can be asked as it is`() async throws {
        let server = try ScriptedModelServer { request in .answer("you said \(request.lastText)") }
        let agent = ReActAgent("support", model: model(server), instructions: "be kind")
        let questions = Topic("questions", key: .string, value: .json([ChatMessage].self))
        let answers = Topic("answers", key: .string, value: .string)
        let topology = try StreamTopology("app") {
            questions.stream().ask(agent, named: "answer").mapValues(named: "text") { outcome in
                switch outcome {
                case .success(let answer): answer.text
                case .failure(let failure): failure.description
                }
            }.to(answers)
        }
        // The driver blocks its thread.
        let texts: [String] = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
                        let driver = try TopologyTestDriver(topology, clock: clock)
                        let asked: [ChatMessage] = [.user("hello"), .assistant("hi"), .user("and now?")]
                        try driver.pipe(questions, "ann", asked, at: 1)
                        _ = try driver.awaitAnswers(upTo: .seconds(60))
                        return try driver.take(answers).map(\.value)
                    })
            }
        }
        #expect(texts == ["you said and now?"])
    }

    @Test func `vectors of a model serve memory`() async throws {
        let server = try ScriptedModelServer { _ in .silence }
        let source: any EmbeddingSource = OpenAIEmbeddings("e", at: server.endpoint(), dimension: 16)
        let vector = try await source.embed("The order has not arrived.")
        #expect(vector.count == 16)
        #expect(source.name == "e")
    }
}
