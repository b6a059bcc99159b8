import A2A
import AgentOperators
import JSON
import StreamCore
import StreamDSL
import StreamTesting
import Testing

/// The golden vectors of A2A 0.3 over Kafka, a2a-python's pull request 434: read and written byte for byte.
@Suite("A2A 0.3: golden vectors", .timeLimit(.minutes(15)))
struct LegacyVectorTests {
    static let message =
        #"{"contextId":null,"extensions":null,"kind":"message","messageId":"m1","metadata":null,"parts":[{"kind":"text","metadata":null,"text":"Hello"}],"referenceTaskIds":null,"role":"user","taskId":null}"#
    static let task =
        #"{"artifacts":null,"contextId":"c1","history":null,"id":"t1","kind":"task","metadata":null,"status":{"message":null,"state":"working","timestamp":null}}"#
    static let status =
        #"{"contextId":"c1","final":true,"kind":"status-update","metadata":null,"status":{"message":null,"state":"completed","timestamp":null},"taskId":"t1"}"#
    static let artifact =
        #"{"append":null,"artifact":{"artifactId":"a1","description":null,"extensions":null,"metadata":null,"name":null,"parts":[{"kind":"text","metadata":null,"text":"Hello"}]},"contextId":"c1","kind":"artifact-update","lastChunk":null,"metadata":null,"taskId":"t1"}"#
    static let parts =
        #"{"contextId":"c","extensions":["urn:x"],"kind":"message","messageId":"m2","metadata":{"a":1},"parts":[{"file":{"bytes":"aGk=","mimeType":"text/plain","name":"a.txt"},"kind":"file","metadata":null},{"file":{"mimeType":"image/png","name":null,"uri":"http://x/y"},"kind":"file","metadata":null},{"data":{"a":1},"kind":"data","metadata":null}],"referenceTaskIds":["t0"],"role":"agent","taskId":"t"}"#

    @Test(
        "A2K-04: every object of 0.3 is read into 1.0 and written again as it was, byte for byte",
        arguments: [message, task, status, artifact, parts])
    func roundTrip(_ text: String) throws {
        let item = try A2ALegacy.item(JSONValue(parsing: text))
        #expect(A2ALegacy.json(item).text == text)
        // The way over 1.0's JSON loses nothing either.
        #expect(A2ALegacy.json(try A2AStreamResponse(json: JSONValue(parsing: item.json.text))).text == text)
    }

    @Test("the states of both versions are each other's", arguments: A2ATaskState.allCases)
    func states(_ state: A2ATaskState) throws {
        let task = A2ATask("t", contextID: "c", status: A2ATaskStatus(state))
        #expect(try A2ALegacy.task(A2ALegacy.json(task)) == task)
    }

    @Test("nulls may be absent, and names may be in snake_case, as the original's readers take them")
    func lenient() throws {
        let text = #"{"message_id":"m1","role":"user","kind":"message","parts":[{"kind":"text","text":"Hello"}]}"#
        #expect(A2ALegacy.json(try A2ALegacy.message(JSONValue(parsing: text))).text == Self.message)
        let task = #"{"id":"t1","context_id":"c1","kind":"task","status":{"state":"working"}}"#
        #expect(A2ALegacy.json(try A2ALegacy.task(JSONValue(parsing: task))).text == Self.task)
    }
}

/// The 0.3 transport in the test driver: the records of the original's client, and what it needs of the server.
@Suite("A2A 0.3: server", .timeLimit(.minutes(15)))
struct LegacyServerTests {
    private static let delays = A2ALegacyOptions(replyDelay: .milliseconds(50), completionDelay: .milliseconds(100))

    private static func bench(
        _ handler: @escaping @Sendable (A2AWork, A2AContext) async throws -> A2AOutcome
    ) throws -> LegacyBench {
        var options = A2AOptions()
        options.pushing.topicPrefixes = ["a2a-reply"]
        let agent = a2aAgent(named: "echo", card: A2ABench.card, options: options, handler)
        return try LegacyBench(agent, Self.delays)
    }

    private static func echo(_ work: A2AWork, _ context: A2AContext) async throws -> A2AOutcome {
        if work.message.text == "more" { return .inputRequired("?") }
        try await context.working()
        try await context.send(A2AArtifact("a", parts: work.message.parts))
        return .completed()
    }

    @Test("message_send is answered with the task, on the topic and under the id of the request, and no other header")
    func send() async throws {
        try await onThread {
            let bench = try Self.bench(Self.echo)
            let body = bench.body(
                "message_send", #"{"configuration":null,"message":\#(LegacyVectorTests.message),"metadata":null}"#)
            let answers = try bench.ask(body)
            #expect(answers.count == 1)
            let record = try #require(answers.first)
            #expect(record.headers.entries.map(\.name) == ["correlation_id"])
            let json = try JSONValue(parsing: try #require(record.value))
            #expect(json["type"] == "task")
            let task = try A2ALegacy.task(try #require(json["data"]))
            #expect(task.status.state == .completed && task.artifacts.count == 1)
            let found = try bench.json(
                bench.body("task_get", #"{"historyLength":null,"id":"\#(task.id)","metadata":null}"#))
            #expect(found["type"] == "task" && found["data"]?["id"]?.stringValue == task.id)
        }
    }

    @Test("A2K-14: who asks, and the trace, reach the handler")
    func identity() async throws {
        try await onThread {
            let bench = try Self.bench { _, context in
                .completed("\(context.headers["agent_id"] ?? "-") \(context.headers["trace_id"] ?? "-")")
            }
            let json = try bench.json(
                bench.body("message_send", #"{"message":\#(LegacyVectorTests.message)}"#), headers: [("trace_id", "x7")]
            )
            #expect(try A2ALegacy.task(json["data"] ?? .null).status.message?.text == "Echo x7")
        }
    }

    @Test("W40: a stream's end comes when the client can have drained it: all items first, the end 100 ms later")
    func stream() async throws {
        try await onThread {
            let bench = try Self.bench(Self.echo)
            let id = try bench.send(
                bench.body("message_send", #"{"message":\#(LegacyVectorTests.message)}"#, streaming: true))
            #expect(try bench.settle())
            // The original loses what comes before its future is registered: nothing is sent before the delay.
            #expect(try bench.answers(to: id).isEmpty)
            try bench.driver.advance(by: .milliseconds(50))
            #expect(
                try bench.types(id) == ["task", "task_status_update", "task_artifact_update", "task_status_update"])
            try bench.driver.advance(by: .milliseconds(99))
            #expect(try bench.types(id).count == 4)
            try bench.driver.advance(by: .milliseconds(1))
            #expect(try bench.types(id).last == "stream_complete")
            #expect(try bench.answers(to: id).last?.value == #"{"type":"stream_complete","data":{}}"#)
            let last = try #require(bench.answers(to: id).dropLast().last?.value)
            #expect(try JSONValue(parsing: last)["data"]?["final"] == true)
        }
    }

    @Test("W41: every operation works: resubscribe, cancel, and all four on push configurations")
    func operations() async throws {
        try await onThread {
            let gate = Gate()
            let bench = try Self.bench { _, _ in
                try await gate.wait()
                return .completed()
            }
            let configuration =
                #"{"acceptedOutputModes":null,"blocking":false,"historyLength":null,"pushNotificationConfig":null}"#
            let sent = try bench.json(
                bench.body(
                    "message_send", #"{"configuration":\#(configuration),"message":\#(LegacyVectorTests.message)}"#))
            let task = try #require(sent["data"]?["id"]?.stringValue)
            let stream = try bench.send(bench.body("task_resubscribe", #"{"id":"\#(task)"}"#, streaming: true))
            let set = try bench.json(
                bench.body(
                    "task_push_notification_config_set",
                    #"{"pushNotificationConfig":{"authentication":null,"id":"p","token":"k","url":"kafka://h/a2a-reply-push"},"taskId":"\#(task)"}"#
                ))
            #expect(
                set.text
                    == #"{"type":"task_push_notification_config","data":{"pushNotificationConfig":{"authentication":null,"id":"p","token":"k","url":"kafka://h/a2a-reply-push"},"taskId":"\#(task)"}}"#
            )
            let name = #"{"id":"\#(task)","metadata":null,"pushNotificationConfigId":"p"}"#
            #expect(try bench.json(bench.body("task_push_notification_config_get", name)) == set)
            let list = try bench.json(bench.body("task_push_notification_config_list", #"{"id":"\#(task)"}"#))
            #expect(list["type"] == "task_push_notification_config_list" && list["data"]?.elements?.count == 1)
            let canceled = try bench.json(bench.body("task_cancel", #"{"id":"\#(task)"}"#))
            #expect(canceled["data"]?["status"]?["state"] == "canceled")
            try bench.driver.advance(by: .seconds(1))
            #expect(try bench.types(stream).suffix(2) == ["task_status_update", "stream_complete"])
            // A2K-08: pushes are records without a correlation id that say what they are.
            let pushes = bench.driver.takeRaw("a2a-reply-push")
            #expect(pushes.map { $0.headers["notification_type"] } == ["push"])
            #expect(pushes.first?.headers["correlation_id"] == nil)
            #expect(try JSONValue(parsing: pushes.first?.value ?? "")["type"] == "push_task_status_update")
            #expect(
                try bench.json(bench.body("task_push_notification_config_delete", name)).text
                    == #"{"type":"success","data":{}}"#)
            gate.open()
        }
    }

    @Test("W42: an error has text that is never empty, and the code; what is no request has the original's words")
    func errors() async throws {
        try await onThread {
            let bench = try Self.bench(Self.echo)
            func error(_ body: String) throws -> JSONValue? { try bench.json(body)["data"] }
            let unknown = try error(bench.body("task_get", #"{"id":"none"}"#))
            #expect(unknown?["error"]?.stringValue?.isEmpty == false)
            #expect(unknown?["code"] == -32_001)
            #expect(
                try bench.json(bench.body("nonsense", "{}")).text
                    == #"{"type":"error","data":{"error":"Unknown method: nonsense"}}"#)
            #expect(
                try error(bench.body("task_get", #"{"id":"x"}"#, streaming: true))?["error"]
                    == "Streaming not supported for method: task_get")
            #expect(try error("{}")?["error"] == "Missing method in request")
            #expect(try error("garbage")?["error"]?.stringValue?.hasPrefix("Invalid request") == true)
            // A stream whose request is wrong ends with the error, at once, and says nothing more.
            let id = try bench.send(bench.body("task_resubscribe", #"{"id":"none"}"#, streaming: true))
            try bench.driver.advance(by: .seconds(1))
            #expect(try bench.types(id) == ["error"])
        }
    }

    @Test("A2K-04: a request without reply_topic or correlation_id, or with a foreign reply topic, is a dead letter")
    func lost() async throws {
        try await onThread {
            let bench = try Self.bench(Self.echo)
            for headers in [
                [], [("correlation_id", "a")], [("reply_topic", "a2a-reply-x")],
                [("correlation_id", "a"), ("reply_topic", "orders")],
            ] {
                try bench.driver.pipe(
                    "a2a-requests", key: nil, value: "{}", at: 1,
                    headers: Headers(headers.map { Headers.Entry(name: $0.0, value: Bytes($0.1)) }))
            }
            #expect(bench.driver.takeDeadLetters().count == 4)
        }
    }
}

/// A 0.3 transport in the test driver.
final class LegacyBench {
    let driver: TopologyTestDriver
    private var number = 0
    private var records: [LogRecord] = []

    init(_ agent: A2AAgent, _ options: A2ALegacyOptions) throws {
        let topology = try StreamTopology("app") {
            agent
            agent.legacyTransport(options: options)
            // In the plan, so that the driver knows them: in life a client makes its own.
            Topic("nothing", key: .string, value: .string).stream().to(
                Topic("a2a-reply-x", key: .string, value: .string))
            Topic("none", key: .string, value: .string).stream().to(
                Topic("a2a-reply-push", key: .string, value: .string))
        }
        driver = try TopologyTestDriver(
            topology, partitions: ["a2a-requests": 2],
            clock: ManualWallClock(Timestamp(milliseconds: 1_750_000_000_000)))
    }

    func body(_ method: String, _ params: String, streaming: Bool = false) -> String {
        #"{"method":"\#(method)","params":\#(params),"streaming":\#(streaming),"agent_card":{"name":"Echo"}}"#
    }

    func send(_ body: String, headers others: [(String, String)] = []) throws -> String {
        number += 1
        let id = "correlation-\(number)"
        var headers = Headers()
        headers.append("correlation_id", id)
        headers.append("reply_topic", "a2a-reply-x")
        headers.append("agent_id", "Echo")
        for (name, value) in others { headers.append(name, value) }
        let place = TopicPartition("a2a-requests", Int32(number % 2))
        try driver.pipe(place, key: nil, value: Bytes(body), at: driver.clock.now().milliseconds, headers: headers)
        return id
    }

    /// Waits until a task has ended and everything that follows from that has happened, timers excepted.
    func settle() throws -> Bool {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            _ = try driver.awaitAnswers(upTo: .milliseconds(20))
            for event in driver.takeRaw("echo-a2a-events") {
                let item = try A2AStreamResponse(json: JSONValue(parsing: event.value ?? ""))
                if item.status?.state.isTerminal == true { return true }
            }
        }
        return false
    }

    func answers(to id: String) throws -> [LogRecord] {
        records += driver.takeRaw("a2a-reply-x")
        return records.filter { $0.headers["correlation_id"] == id }
    }

    func types(_ id: String) throws -> [String] {
        try answers(to: id).map { try JSONValue(parsing: $0.value ?? "")["type"]?.stringValue ?? "" }
    }

    /// Sends a request and lets everything happen, timers too, until there is an answer.
    func ask(_ body: String, headers: [(String, String)] = []) throws -> [LogRecord] {
        let id = try send(body, headers: headers)
        let end = ContinuousClock.now + .seconds(120)
        while try answers(to: id).isEmpty, ContinuousClock.now < end {
            _ = try driver.awaitAnswers(upTo: .milliseconds(20))
            try driver.advance(by: .milliseconds(10))
        }
        return try answers(to: id)
    }

    func json(_ body: String, headers: [(String, String)] = []) throws -> JSONValue {
        let answers = try ask(body, headers: headers)
        #expect(answers.count == 1)
        return try JSONValue(parsing: answers.last?.value ?? "null")
    }
}
