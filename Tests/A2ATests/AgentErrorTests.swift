import A2A
import AgentOperators
import JSON
import StreamCore
import StreamDSL
import StreamTesting
import Testing

/// Every error of the protocol, and what is no protocol at all.
@Suite("A2A agent: errors", .timeLimit(.minutes(15)))
struct AgentErrorTests {
    private static func echo(
        _ card: A2AAgentCard = A2ABench.card, _ options: A2AOptions = A2AOptions()
    ) -> A2AAgent {
        a2aAgent(named: "echo", card: card, options: options) { work, _ in .completed(work.message.text) }
    }

    @Test("what is not known, not allowed or too late has the protocol's code")
    func codes() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            #expect(try bench.error("GetTask", ["id": "none"]) == -32_001)
            #expect(try bench.error("CancelTask", ["id": "none"]) == -32_001)
            #expect(try bench.error("SubscribeToTask", ["id": "none"]) == -32_001)
            #expect(try bench.error("SendMessage", A2ASendMessage(A2ABench.message("x", task: "none")).json) == -32_001)
            #expect(try bench.error("Nonsense", [:]) == -32_601)
            #expect(try bench.error("GetTask", [:]) == -32_602)
            #expect(try bench.error("SendMessage", ["message": ["messageId": "m", "role": "ROLE_USER"]]) == -32_602)
            let task = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("x")).json)
            let wrong = A2ABench.message("x", task: task.id, context: "another")
            #expect(try bench.error("SendMessage", A2ASendMessage(wrong).json) == -32_602)
            let late = A2ABench.message("x", task: task.id)
            #expect(try bench.error("SendMessage", A2ASendMessage(late).json) == -32_004)
            let other = A2AMessage("m9", role: .user, parts: [A2APart(.url("http://a/b"), mediaType: "video/mp4")])
            #expect(try bench.error("SendMessage", A2ASendMessage(other).json) == -32_005)
            let picky = A2ASendMessage(
                A2ABench.message("x"), configuration: A2ASendConfiguration(acceptedOutputModes: ["audio/ogg"]))
            #expect(try bench.error("SendMessage", picky.json) == -32_005)
            #expect(try bench.error("GetExtendedAgentCard", [:]) == -32_007)
        }
    }

    @Test("capabilities that the card does not declare are refused with the protocol's codes")
    func capabilities() async throws {
        try await onThread {
            var card = A2ABench.card
            card.capabilities = A2ACapabilities(streaming: false)
            card.capabilities.extensions = [A2AExtension("urn:must", required: true)]
            let bench = try A2ABench(Self.echo(card))
            let known = [("A2A-EXTENSIONS", "urn:other, urn:must")]
            let send = A2ASendMessage(A2ABench.message("x")).json
            #expect(try bench.error("SendMessage", send) == -32_008)
            #expect(try bench.error("SendStreamingMessage", send, headers: known) == -32_004)
            #expect(try bench.error("SubscribeToTask", ["id": "x"], headers: known) == -32_004)
            #expect(try bench.error("GetExtendedAgentCard", [:], headers: known) == -32_004)
            let config = A2APushConfig(url: "https://example.org/", taskID: "t")
            #expect(try bench.error("CreateTaskPushNotificationConfig", config.json, headers: known) == -32_003)
            for operation in ["Get", "Delete"] {
                let name: JSONValue = ["taskId": "t", "id": "c"]
                #expect(try bench.error("\(operation)TaskPushNotificationConfig", name, headers: known) == -32_003)
            }
            #expect(try bench.error("ListTaskPushNotificationConfigs", ["taskId": "t"], headers: known) == -32_003)
            let pushed = A2ASendMessage(
                A2ABench.message("x"), configuration: A2ASendConfiguration(pushConfig: config))
            #expect(try bench.error("SendMessage", pushed.json, headers: known) == -32_003)
        }
    }

    @Test("a version that is not spoken is refused, and none is 0.3; header names know no case")
    func versions() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            #expect(try bench.error("GetTask", ["id": "x"], version: "2.0") == -32_009)
            #expect(try bench.error("GetTask", ["id": "x"], version: nil) == -32_009)
            #expect(try bench.error("GetTask", ["id": "x"], version: "") == -32_009)
            #expect(try bench.error("GetTask", ["id": "x"], version: nil, headers: [("A2A-VERSION", "1.0")]) == -32_001)
        }
    }

    @Test("W42: an error travels with code, message and data, and comes back as it was")
    func travels() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            let answer = try bench.ask("GetTask", ["id": "none"])
            let error = try #require(answer.error)
            #expect(error.code == "TASK_NOT_FOUND")
            #expect(!error.message.isEmpty)
            let failure = AgentFailure(
                .refused, error.message, attempts: 1, idempotencyKey: "k", remoteCode: error.code,
                details: error.details)
            let back = try #require(A2AError(failure))
            #expect(back.code == .taskNotFound && back.metadata == ["taskId": "none"])
            #expect(
                back.json.text
                    == #"{"code":-32001,"message":"there is no task 'none', or not any more","data":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"TASK_NOT_FOUND","domain":"a2a-protocol.org","metadata":{"taskId":"none"}}]}"#
            )
        }
    }

    @Test("garbage becomes dead letters or errors, and the agent goes on")
    func garbage() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            var random = SeededRandom(seed: 7)
            for topic in [bench.endpoint.requests, bench.endpoint.control] {
                for _ in 0..<50 {
                    let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    try bench.driver.pipe(topic, key: nil, value: Bytes(bytes), at: 5)
                }
                try bench.driver.pipe(topic, key: nil, value: nil, at: -1)
            }
            // Headers that are right, and no place to answer to.
            var lost = AgentMessage(.request, id: "lost")
            lost.type = "GetTask"
            lost.headers.append("A2A-Version", "1.0")
            let record = NativeMessageCodec().write(lost)
            try bench.driver.pipe(
                bench.endpoint.control, key: nil, value: record.value, at: 5, headers: record.headers)
            #expect(bench.driver.takeDeadLetters().count == 103)
            // JSON that is none, and JSON that is no request.
            var broken = AgentMessage(.request, id: "broken")
            broken.type = "SendMessage"
            broken.payload = "{\"message\":"
            broken.replyTo = MessageAddress(topic: "replies", partition: 0)
            broken.headers.append("A2A-Version", "1.0")
            let bad = NativeMessageCodec().write(broken)
            try bench.driver.pipe(bench.endpoint.requests, key: nil, value: bad.value, at: 5, headers: bad.headers)
            #expect(try bench.answers(to: "broken").last?.error?.code == "PARSE_ERROR")
            for json: JSONValue in [
                "text", 1, [], ["message": 5], ["message": ["parts": [["text": "a", "url": "b"]]]],
            ] {
                #expect(try bench.error("SendMessage", json) == -32_602)
            }
            #expect(
                try bench.task("SendMessage", A2ASendMessage(A2ABench.message("x")).json).status.state == .completed)
        }
    }

    @Test("requests that lie in the wrong partition, or came by the wrong lane, find their task")
    func reroutes() async throws {
        try await onThread {
            let bench = try A2ABench(Self.echo())
            for _ in 0..<20 {
                let task = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("x")).json)
                for key in ["a", "b", "c", "d"] {
                    #expect(try bench.task("GetTask", A2AGetTask(id: task.id).json, key: key).id == task.id)
                }
                let id = try bench.request("GetTask", A2AGetTask(id: task.id).json, lane: bench.endpoint.requests)
                #expect(try bench.answers(to: id).count == 1)
            }
        }
    }

    @Test("push configurations are made, found, listed and removed; addresses inside are refused")
    func pushConfigs() async throws {
        try await onThread {
            let bench = try A2ABench(
                a2aAgent(named: "echo", card: A2ABench.card) { _, _ in .inputRequired("go on") })
            let task = try bench.task("SendMessage", A2ASendMessage(A2ABench.message("x")).json)
            func config(_ json: JSONValue, _ operation: String) throws -> A2APushConfig {
                let answer = try bench.ask(operation, json)
                return try A2APushConfig(json: try answer.json())
            }
            let wanted = A2APushConfig(
                url: "https://hooks.example.org/a", taskID: task.id, token: "t",
                authentication: A2AAuthentication(scheme: "Bearer", credentials: "s"))
            let made = try config(wanted.json, "CreateTaskPushNotificationConfig")
            #expect(!made.id.isEmpty && made.token == "t")
            let name = A2APushConfigName(taskID: task.id, id: made.id)
            #expect(try config(name.json, "GetTaskPushNotificationConfig") == made)
            let listed = try bench.ask("ListTaskPushNotificationConfigs", A2AListPushConfigs(taskID: task.id).json)
            let page = try A2APushConfigPage(json: try listed.json())
            #expect(page.configs == [made] && page.nextPageToken.isEmpty)
            for _ in 0..<2 { #expect(try bench.ask("DeleteTaskPushNotificationConfig", name.json).payload == "{}") }
            #expect(try bench.error("GetTaskPushNotificationConfig", name.json) == -32_001)
            for url in [
                "ftp://example.org/", "file:///etc/passwd", "http://localhost/", "http://127.0.0.1:80/",
                "http://10.1.2.3/",
                "http://169.254.169.254/latest", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "nonsense",
                "http://user@example.org/", "http://x.internal/", "http://[::ffff:10.0.0.1]/", "http://0177.0.0.1/",
            ] {
                let json = A2APushConfig(url: url, taskID: task.id).json
                #expect(try bench.error("CreateTaskPushNotificationConfig", json) == -32_602, "\(url)")
            }
            let injected = A2APushConfig(url: "https://example.org/", taskID: task.id, token: "a\r\nX: y").json
            #expect(try bench.error("CreateTaskPushNotificationConfig", injected) == -32_602)
        }
    }
}
