import A2A
import AgentOperators
import JSON
import StreamCore
import StreamTesting
import Testing

/// What is too much, too large, or meant to hurt.
@Suite("A2A agent: attacks", .timeLimit(.minutes(15)))
struct AttackTests {
    @Test("a thousand tasks at once each have an id, an end and a place of their own")
    func thousand() async throws {
        try await onThread {
            var options = A2AOptions(partitions: 8)
            options.handling.inFlight = 64
            let agent = a2aAgent(named: "echo", card: A2ABench.card, options: options) { work, context in
                try await context.send(A2AArtifact("a", parts: work.message.parts))
                return .completed()
            }
            let bench = try A2ABench(agent)
            var requests: [String] = []
            for number in 0..<1_000 {
                let message = A2ABench.message("\(number)", id: "m\(number)")
                requests.append(try bench.request("SendMessage", A2ASendMessage(message).json, key: "m\(number)"))
            }
            try bench.until { try bench.events == 3_000 }
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            var ids: Set<String> = []
            for (number, request) in requests.enumerated() {
                let answers = try bench.answers(to: request)
                #expect(answers.count == 1)
                let task = try A2ATask(json: try #require(answers.last?.json()["task"]))
                #expect(task.history.first?.text == "\(number)")
                ids.insert(task.id)
            }
            #expect(ids.count == 1_000)
            let page = try A2ATaskPage(json: try bench.ask("ListTasks", [:]).json())
            #expect(page.totalSize == 1_000 && page.tasks.count == 50)
            #expect(bench.driver.takeDeadLetters().isEmpty)
        }
    }

    @Test("a request that is too large is refused; a task that grows too large fails; both say how large is too large")
    func tooLarge() async throws {
        try await onThread {
            let chunk = String(repeating: "x", count: 8_192)
            let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, context in
                for number in 0..<300 {
                    try await context.send(A2AArtifact("a", parts: [.text(chunk)]), append: number > 0)
                }
                return .completed()
            }
            let bench = try A2ABench(agent)
            let huge = A2ABench.message(String(repeating: "y", count: 1 << 20))
            #expect(try bench.error("SendMessage", A2ASendMessage(huge).json) == -32_602)
            let task = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("go")).json)
            #expect(task.status.state == .failed)
            #expect(task.status.message?.text.contains("can be kept") == true)
            #expect(task.json.text.utf8.count < 1 << 20)
            // Nothing hangs: the task is at its end for everybody.
            #expect(try bench.task("GetTask", A2AGetTask(id: task.id).json).status.state == .failed)
        }
    }

    @Test("an artifact that continues nothing fails its task instead of the agent")
    func wrongArtifact() async throws {
        try await onThread {
            let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, context in
                try await context.send(A2AArtifact("none", parts: [.text("x")]), append: true)
                return .completed()
            }
            let bench = try A2ABench(agent)
            let task = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("go")).json)
            #expect(task.status.state == .failed)
            #expect(task.status.message?.text.contains("'none'") == true)
        }
    }

    @Test("what a client asks for again and again costs one piece of work")
    func repeats() async throws {
        try await onThread {
            let gate = Gate()
            let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, _ in
                try await gate.wait()
                return .completed()
            }
            let bench = try A2ABench(agent)
            let request = A2ASendMessage(A2ABench.message("go", id: "m")).json
            var ids: [String] = []
            for number in 0..<50 {
                // Half under one id, as a transport does that sends again; half under ids of their own.
                let id = number.isMultiple(of: 2) ? "same" : "other-\(number)"
                ids.append(try bench.request("SendMessage", request, key: "m", id: id))
            }
            gate.open()
            #expect(try bench.driver.awaitAnswers())
            #expect(try bench.events == 2)
            for id in Set(ids) { #expect(try bench.answers(to: id).count == 1) }
        }
    }
}
