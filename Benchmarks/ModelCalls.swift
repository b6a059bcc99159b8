import AgentOperators
import ChatModels
import StreamCore
import StreamTesting

/// What calls of models cost here, beside the model: HTTP, JSON, events, limits.
enum ModelCalls {
    /// The server's own work is in the figures: it runs in this process.
    static func print() async throws {
        Swift.print("Chat models over HTTP on this machine, client and scripted server in one process.")
        Swift.print(Benchmarks.header)
        let server = try ScriptedModelServer(kept: 1) { request in
            let answer = ScriptedTurn.answer("The order is on its way and arrives on Tuesday.")
            return request.lastText.hasPrefix("slow") ? answer.delayed(by: .milliseconds(50)) : answer
        }
        let model = server.model()
        let limited = LimitedChatModel(
            model,
            .init(
                bulkhead: Bulkhead(maxConcurrent: 64), rate: ModelRate(.init(requestsPerMinute: 10_000_000)),
                breaker: CircuitBreaker(.init()),
                budgets: BudgetLedger(writer: "b") { _ in [Budget("b", .tokens(.max), per: .day)] }))
        try await row("one at a time", model, "fast", count: 2_000, width: 1)
        try await row("64 at once", model, "fast", count: 10_000, width: 64)
        try await row("64, 50 ms each", model, "slow", count: 6_400, width: 64)
        try await row("64, 50 ms, limited", limited, "slow", count: 6_400, width: 64)
        try await row("64, 50 ms, streamed", model, "slow", count: 6_400, width: 64, isStreamed: true)
        try printPipeline(model)
    }

    /// The same model in a pipeline: journalled before it is called, each outcome once.
    private static func printPipeline(_ model: any ChatModel) throws {
        Swift.print(
            "\nIn a pipeline: one partition of the embedded log, one worker, exactly once, 64 in flight, 50 ms each.")
        Swift.print(Benchmarks.header)
        let asleep = try Benchmarks.inFolder {
            try ModelPipeline(folder: $0, requests: 12_800).measure { number, _ in
                try await Task.sleep(for: .milliseconds(50))
                return "\(number)"
            }
        }
        Swift.print(Benchmarks.row("a Swift function", asleep, target: nil))
        let asked = try Benchmarks.inFolder {
            try ModelPipeline(folder: $0, requests: 12_800).measure { number, context in
                let request = ChatRequest([.user("slow \(number)")], idempotencyKey: context.idempotencyKey)
                return try await model.complete(request).message.content
            }
        }
        Swift.print(Benchmarks.row("a model over HTTP", asked, target: nil))
    }

    private static func row(
        _ title: String, _ model: any ChatModel, _ text: String, count: Int, width: Int, isStreamed: Bool = false
    ) async throws {
        let request = ChatRequest([.system("be brief"), .user(text)], accounts: ["tenant/a"])
        let measured = try await Measurement.of {
            try await call(model, request, count: count, width: width, isStreamed: isStreamed)
            return count
        }
        Swift.print(Benchmarks.row(title, measured, target: nil))
    }

    private static func call(
        _ model: any ChatModel, _ request: ChatRequest, count: Int, width: Int, isStreamed: Bool
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<width {
                group.addTask {
                    for _ in stride(from: lane, to: count, by: width) {
                        if isStreamed {
                            _ = try await model.complete(request) { _ in }
                        } else {
                            _ = try await model.complete(request)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
