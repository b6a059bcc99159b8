import A2A
import JSON
import StreamCore
import Testing

/// What the types of 1.0 read and refuse.
@Suite("A2A model")
struct ModelTests {
    @Test("an endpoint is its URL")
    func endpoints() throws {
        let endpoint = A2AEndpoint(application: "app", agent: "echo")
        #expect(
            endpoint.url(bootstrap: "h:9092")
                == "kafka://h:9092/app-echo-requests?control=app-echo-control&events=echo-a2a-events&tasks=echo-a2a-tasks"
        )
        #expect(try A2AEndpoint(url: endpoint.url(bootstrap: "h:9092")) == endpoint)
        for text in ["", "kafka://h/x", "http://h/x?control=a&events=b&tasks=c", "kafka://h/x?control=a"] {
            #expect(throws: A2AFormatError.self) { try A2AEndpoint(url: text) }
        }
    }

    @Test("JSON is ProtoJSON: camelCase, enums by name, UTC milliseconds, base64, nothing for nothing")
    func written() {
        let message = A2AMessage("m", role: .agent, parts: [A2APart(.raw(Bytes([255, 254])), mediaType: "a/b")])
        let status = A2ATaskStatus(.authRequired, message: message, timestamp: Timestamp(milliseconds: 5))
        #expect(
            A2ATask("t", contextID: "", status: status).json.text
                == #"{"id":"t","status":{"state":"TASK_STATE_AUTH_REQUIRED","message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"raw":"//4=","mediaType":"a/b"}]},"timestamp":"1970-01-01T00:00:00.005Z"}}"#
        )
    }

    @Test(
        "readers take snake_case, nulls, times of any zone and base64 of either alphabet, and pass over what they do not know"
    )
    func lenient() throws {
        let text =
            #"{"message_id":"m","context_id":null,"role":"ROLE_USER","parts":[{"raw":"__4"}],"news":[1],"reference_task_ids":["a"]}"#
        let message = try A2AMessage(json: JSONValue(parsing: text))
        #expect(message.parts == [A2APart(.raw(Bytes([255, 254])))] && message.referenceTaskIDs == ["a"])
        let status = try A2ATaskStatus(
            json: JSONValue(parsing: #"{"state":"TASK_STATE_WORKING","timestamp":"2025-01-01T01:00:00.123456+01:00"}"#))
        #expect(status.timestamp?.milliseconds == 1_735_689_600_123)
    }

    @Test(
        "what is wrong is said",
        arguments: [
            (#"{"messageId":"m","role":"user","parts":[]}"#, "'role' of Message must be ROLE_USER or ROLE_AGENT"),
            (#"{"role":"ROLE_USER"}"#, "'messageId' of Message must be text that is not empty"),
            (
                #"{"messageId":"m","role":"ROLE_USER","parts":[{}]}"#,
                "a Part must have exactly one of text, raw, url and data, not 0"
            ),
            (#"{"messageId":"m","role":"ROLE_USER","parts":{}}"#, "'parts' of Message must be a list"),
            (#"[]"#, "Message must be an object, not []"),
        ])
    func wrong(_ text: String, _ words: String) throws {
        let json = try JSONValue(parsing: text)
        #expect(throws: A2AFormatError(words)) { try A2AMessage(json: json) }
    }

    @Test("events make of a task what the agent has")
    func applies() throws {
        var task = A2ATask("t", contextID: "c", status: A2ATaskStatus(.submitted))
        let artifact = A2AArtifact("a", parts: [.text("1")])
        try task.apply(.artifactUpdate(A2AArtifactUpdate(taskID: "t", contextID: "c", artifact: artifact)))
        try task.apply(
            .artifactUpdate(A2AArtifactUpdate(taskID: "t", contextID: "c", artifact: artifact, append: true)))
        #expect(task.artifacts.map(\.parts.count) == [2])
        let more = A2AArtifact("b", parts: [])
        #expect(throws: A2AFormatError.self) {
            try task.apply(
                .artifactUpdate(A2AArtifactUpdate(taskID: "t", contextID: "c", artifact: more, append: true)))
        }
    }
}
