import A2A
import AgentOperators
import JSON
import StreamCore
import StreamTesting
import Testing

/// Every operation of A2A 1.0 in the test driver, by the records that any client would write.
@Suite("A2A agent: operations", .timeLimit(.minutes(15)))
struct AgentOperationTests {
    private static func echo(_ options: A2AOptions = A2AOptions()) -> A2AAgent {
        a2aAgent(named: "echo", card: A2ABench.card, options: options) { work, context in
            let text = work.message.text
            if text == "more" { return .inputRequired("more of what?") }
            if text == "no" { return .rejected("I will not") }
            if text == "boom" { throw AgentError("boom", "it broke") }
            try await context.working("thinking")
            try await context.send(A2AArtifact("echo", parts: [.text(text)]))
            try await context.send(A2AArtifact("echo", parts: [.text("!")]), append: true, lastChunk: true)
            return .completed("done")
        }
    }

    @Test("SendMessage waits for the end and answers with the whole task")
    func send() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let task = try bench.task(
                "SendMessage", A2ASendMessage(A2ABench.message("hello", id: "m1")).json, key: "m1")
            #expect(task.status.state == .completed)
            #expect(task.status.message?.text == "done")
            #expect(task.artifacts.map { $0.parts.count } == [2])
            #expect(task.history.map(\.text) == ["hello", "thinking"])
            #expect(task.history[0].taskID == task.id && task.history[0].contextID == task.contextID)
            let partition = Murmur2.partition(Bytes(task.id), of: 4)
            #expect(partition == Murmur2.partition(Bytes(task.contextID), of: 4), "a conversation is in one place")
            let known = try bench.task("GetTask", A2AGetTask(id: task.id).json, key: task.id)
            #expect(known == task)
            #expect(try bench.task("GetTask", A2AGetTask(id: task.id, historyLength: 1).json).history.count == 1)
            #expect(bench.driver.takeDeadLetters().isEmpty)
        }
    }

    @Test("SendMessage with returnImmediately answers with the task as it is")
    func returnsImmediately() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let request = A2ASendMessage(
                A2ABench.message("hello"), configuration: A2ASendConfiguration(returnImmediately: true))
            let task = try bench.task("SendMessage", request.json)
            #expect(task.status.state == .submitted)
            #expect(try bench.task("GetTask", A2AGetTask(id: task.id).json).status.state == .completed)
        }
    }

    @Test(
        "SendStreamingMessage begins with the task, has every event once with its number, and says how many there were")
    func streams() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let id = try bench.request("SendStreamingMessage", A2ASendMessage(A2ABench.message("hello")).json)
            #expect(try bench.driver.awaitAnswers())
            let answers = try bench.answers(to: id)
            let items = try A2ABench.items(answers)
            #expect(items.map(\.generation) == [1, 2, 3, 4, 5])
            #expect(
                A2ABench.states(items) == [
                    "task submitted", "working", "artifact echo", "artifact echo", "completed",
                ])
            #expect(answers.last?.kind == .reply && answers.last?.sequence == 5)
            #expect(answers.dropLast().map(\.sequence) == [0, 1, 2, 3, 4])
            // The event topic has the same, keyed by task; the snapshot topic has the task as it is.
            let events = bench.driver.takeRaw(bench.endpoint.events)
            #expect(events.map { $0.headers[A2AHeader.generation] } == ["1", "2", "3", "4", "5"])
            #expect(Set(events.map(\.key)).count == 1)
            let last = try #require(bench.driver.takeRaw(bench.endpoint.tasks).last?.value)
            #expect(try A2ATask(json: JSONValue(parsing: last)).status.state == .completed)
        }
    }

    @Test("a task that wants input ends the stream and goes on with the next message of the task")
    func interrupted() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let first = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("more")).json)
            #expect(first.status.state == .inputRequired)
            let next = A2ABench.message("this", task: first.id)
            let id = try bench.request("SendStreamingMessage", A2ASendMessage(next).json)
            #expect(try bench.driver.awaitAnswers())
            let items = try A2ABench.items(try bench.answers(to: id))
            #expect(items.map(\.generation) == [3, 4, 5, 6, 7])
            #expect(A2ABench.states(items).first == "task working")
            let task = try bench.task("GetTask", A2AGetTask(id: first.id).json)
            #expect(task.history.map(\.text) == ["more", "more of what?", "this", "thinking"])
        }
    }

    @Test("a handler that fails, or refuses, ends the task as such, with its words")
    func failures() async throws {
        try await onThread {
            var options = A2AOptions()
            options.handling.retry = .never
            let bench = try A2ABench(Self.echo(options))
            let failed = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("boom")).json)
            #expect(failed.status.state == .failed)
            #expect(failed.status.message?.text == "it broke")
            let refused = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("no")).json)
            #expect(refused.status.state == .rejected)
        }
    }

    @Test("ListTasks filters, sorts by the last change and pages, over all partitions or in one conversation")
    func lists() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            var ids: [String] = []
            for index in 0..<25 {
                try bench.driver.advance(by: .milliseconds(10))
                let text = index.isMultiple(of: 5) ? "more" : "hello"
                let context = index < 3 ? "talk" : ""
                let task = try bench.task(
                    "SendMessage", A2ASendMessage(A2ABench.message(text, context: context)).json)
                ids.append(task.id)
            }
            var seen: [String] = []
            var token = ""
            repeat {
                let answer = try bench.ask("ListTasks", A2AListTasks(pageSize: 10, pageToken: token).json)
                let page = try A2ATaskPage(json: try answer.json())
                #expect(page.totalSize == 25 && page.pageSize == 10)
                #expect(page.tasks.allSatisfy { $0.artifacts.isEmpty && $0.history.isEmpty })
                seen += page.tasks.map(\.id)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen == ids.reversed())
            let waiting = try bench.ask("ListTasks", A2AListTasks(status: .inputRequired).json)
            #expect(try A2ATaskPage(json: try waiting.json()).tasks.count == 5)
            let talk = try bench.ask(
                "ListTasks", A2AListTasks(contextID: "talk", historyLength: 5, includeArtifacts: true).json, key: "talk"
            )
            let page = try A2ATaskPage(json: try talk.json())
            #expect(page.tasks.map(\.id) == ids.prefix(3).reversed())
            #expect(page.tasks[0].artifacts.count == 1 && !page.tasks[0].history.isEmpty)
            #expect(try bench.error("ListTasks", ["pageSize": 101]) == -32_602)
            #expect(try bench.error("ListTasks", ["pageToken": "nonsense"]) == -32_602)
        }
    }

    @Test(
        "W43: CancelTask comes by its own lane, ends a task at work at once, and what its handler says later counts for nothing"
    )
    func cancels() async throws {
        try await onThread {
            let gate = Gate()
            let agent = a2aAgent(
                named: "echo", card: A2ABench.card, options: A2AOptions(handling: AskOptions(inFlight: 1))
            ) { _, context in
                try await context.working()
                try await gate.wait()
                return .completed()
            }
            let bench = try A2ABench(agent)
            let request = A2ASendMessage(
                A2ABench.message("long", context: "c"), configuration: A2ASendConfiguration(returnImmediately: true))
            let task = try bench.task2("SendMessage", request.json, key: "c")
            // Work waits behind it: one handler at a time, and this one holds on. The lane of control does not.
            for _ in 0..<5 {
                try bench.request("SendMessage", A2ASendMessage(A2ABench.message("next", context: "c")).json, key: "c")
            }
            let id = try bench.request("CancelTask", A2ATaskName(id: task.id).json, key: task.id)
            let answer = try #require(bench.answers(to: id).last)
            let canceled = try A2ATask(json: try answer.json())
            #expect(canceled.status.state == .canceled)
            gate.open()
            #expect(try bench.driver.awaitAnswers())
            #expect(try bench.task("GetTask", A2AGetTask(id: task.id).json).status.state == .canceled)
            #expect(try bench.error("CancelTask", A2ATaskName(id: task.id).json, key: task.id) == -32_002)
        }
    }

    @Test(
        "W47: SubscribeToTask begins with the task, or after the event that the client has; of an ended task only that")
    func subscribes() async throws {
        try await onThread {
            let gate = Gate()
            let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, context in
                for number in 1...3 { try await context.working("\(number)") }
                try await gate.wait()
                try await context.send(A2AArtifact("a", parts: [.text("x")]))
                return .completed()
            }
            let bench = try A2ABench(agent)
            let request = A2ASendMessage(
                A2ABench.message("go"), configuration: A2ASendConfiguration(returnImmediately: true))
            let task = try bench.task2("SendMessage", request.json)
            try bench.until { try bench.events == 4 }
            let fresh = try bench.request("SubscribeToTask", A2ATaskName(id: task.id).json, key: task.id)
            let resumed = try bench.request(
                "SubscribeToTask", A2ATaskName(id: task.id).json, headers: [("a2a-generation", "2")])
            gate.open()
            #expect(try bench.driver.awaitAnswers())
            let all = try A2ABench.items(try bench.answers(to: fresh))
            #expect(A2ABench.states(all) == ["task working", "artifact a", "completed"])
            #expect(all.map(\.generation) == [4, 5, 6])
            let rest = try A2ABench.items(try bench.answers(to: resumed))
            #expect(
                rest.map(\.generation) == [3, 4, 5, 6], "each once, in order, over the seam between replay and life")
            #expect(try bench.error("SubscribeToTask", A2ATaskName(id: task.id).json) == -32_004)
            let late = try bench.request(
                "SubscribeToTask", A2ATaskName(id: task.id).json, headers: [("A2A-Generation", "4")])
            let tail = try bench.answers(to: late)
            #expect(try A2ABench.items(tail).map(\.generation) == [5, 6])
            #expect(tail.last?.kind == .reply)
            #expect(
                try bench.error("SubscribeToTask", A2ATaskName(id: task.id).json, headers: [("A2A-Generation", "99")])
                    == -32_602)
        }
    }

    @Test("an agent of messages answers with a message and makes no task")
    func responds() async throws {
        try await onThread {
            let agent = a2aResponder(named: "echo", card: A2ABench.card) { work, _ in
                if work.message.text == "bad" { throw A2AError(.contentTypeNotSupported, "not that") }
                return work.message.parts
            }
            let bench = try A2ABench(agent)
            let answer = try bench.ask("SendMessage", A2ASendMessage(A2ABench.message("hi")).json)
            let reply = try A2ASendReply(json: try answer.json())
            #expect(reply.message?.text == "hi" && reply.message?.role == .agent)
            #expect(reply.message?.contextID.isEmpty == false)
            let id = try bench.request("SendStreamingMessage", A2ASendMessage(A2ABench.message("hi")).json)
            #expect(try bench.driver.awaitAnswers())
            #expect(A2ABench.states(try A2ABench.items(try bench.answers(to: id))) == ["message hi"])
            #expect(try bench.error("SendMessage", A2ASendMessage(A2ABench.message("bad")).json) == -32_005)
        }
    }

    @Test("a message that comes again is the same work, whoever waits for it")
    func repeats() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let request = A2ASendMessage(A2ABench.message("hello", id: "m1"))
            let first = try bench.task("SendMessage", request.json, key: "m1")
            let again = try bench.task("SendMessage", request.json, key: "m1")
            #expect(again == first)
            let id = try bench.request("SendStreamingMessage", request.json, key: "m1")
            #expect(A2ABench.states(try A2ABench.items(try bench.answers(to: id))) == ["task completed"])
            // The same id with other words is another message.
            let other = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("bye", id: "m1")).json, key: "m1")
            #expect(other.id != first.id)
        }
    }
}

extension A2ABench {
    /// The task of the answer, without waiting for handlers.
    func task2(_ operation: String, _ params: JSONValue, key: String? = nil) throws -> A2ATask {
        let id = try request(operation, params, key: key)
        let answer = try #require(answers(to: id).last)
        return try A2ATask(json: try #require(answer.json()["task"]))
    }

    /// How many events there have been.
    var events: Int {
        get throws {
            eventCount += driver.takeRaw(endpoint.events).count
            return eventCount
        }
    }

    /// Lets handlers work until `condition` holds.
    func until(_ condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(120)
        while try !condition(), ContinuousClock.now < end { _ = try driver.awaitAnswers(upTo: .milliseconds(20)) }
    }
}
