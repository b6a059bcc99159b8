import A2A
import AgentOperators
import Foundation
import JSON
import StreamCore
import TestPrograms
import Testing

/// The types of a2a-sdk as real processes: what we write they read, what they write we read, and nothing is lost.
@Suite("A2A: a2a-sdk reads and writes the same", .timeLimit(.minutes(15)))
struct PeerTests {
    static let has10 = PythonPeer.has("a2a.types", "google.protobuf")
    /// Version 0.3 of the SDK lies beside the others, for it has their module's name.
    static let old: String? = {
        guard let package = PythonPeer.package else { return nil }
        let folder = package.appendingPathComponent(".build/peers/a2a03").path
        return FileManager.default.fileExists(atPath: folder + "/a2a/types.py") ? folder : nil
    }()

    private static let message = A2AMessage(
        "m1", role: .user,
        parts: [
            .text("Grüße, \"Welt\"\n"),
            A2APart(.raw(Bytes([0, 255, 254, 1])), filename: "a.bin", mediaType: "image/png"),
            A2APart(.url("https://example.org/x?a=b"), mediaType: "text/html"),
            A2APart(.data(["a": [.double(1.5), "x", true, .null, [:]]]), metadata: ["k": "v"]),
        ], contextID: "c1", taskID: "t1", metadata: ["trace": "x"], extensions: ["urn:e"], referenceTaskIDs: ["t0"])

    private static let task = A2ATask(
        "t1", contextID: "c1",
        status: A2ATaskStatus(
            .inputRequired, message: A2AMessage("m2", role: .agent, parts: [.text("?")]),
            timestamp: Timestamp(milliseconds: 1_750_000_000_123)),
        artifacts: [
            A2AArtifact(
                "a1", parts: [.text("x")], name: "n", description: "d", metadata: ["q": "r"], extensions: ["urn:e"])
        ], history: [message], metadata: ["z": "y"])

    private static let config = A2APushConfig(
        url: "https://example.org/hook", id: "p1", taskID: "t1", token: "tok",
        authentication: A2AAuthentication(scheme: "Bearer", credentials: "secret"))

    private static let card: A2AAgentCard = {
        var card = A2ABench.card
        card.supportedInterfaces = [
            A2AInterface(
                url: A2AEndpoint(application: "app", agent: "echo").url(bootstrap: "h:9092"),
                protocolBinding: A2AHeader.binding)
        ]
        card.capabilities.extensions = [A2AExtension("urn:e", description: "d", required: true, params: ["a": "b"])]
        card.provider = ["organization": "o", "url": "https://example.org"]
        card.documentationURL = "https://example.org/docs"
        card.iconURL = "https://example.org/icon"
        card.securitySchemes = ["sasl": ["httpAuthSecurityScheme": ["scheme": "Bearer"]]]
        card.securityRequirements = [["schemes": ["sasl": ["list": ["a"]]]]]
        return card
    }()

    /// Objects of every type, and how each reads what the SDK wrote.
    private static let objects: [(type: String, json: JSONValue, again: @Sendable (JSONValue) throws -> JSONValue)] = [
        ("Message", message.json, { try A2AMessage(json: $0).json }),
        ("Task", task.json, { try A2ATask(json: $0).json }),
        ("StreamResponse", A2AStreamResponse.task(task).json, { try A2AStreamResponse(json: $0).json }),
        (
            "StreamResponse",
            A2AStreamResponse.statusUpdate(
                A2AStatusUpdate(taskID: "t1", contextID: "c1", status: task.status, metadata: ["a": "b"])
            ).json,
            { try A2AStreamResponse(json: $0).json }
        ),
        (
            "StreamResponse",
            A2AStreamResponse.artifactUpdate(
                A2AArtifactUpdate(
                    taskID: "t1", contextID: "c1", artifact: task.artifacts[0], append: true, lastChunk: true)
            ).json,
            { try A2AStreamResponse(json: $0).json }
        ),
        (
            "SendMessageRequest",
            A2ASendMessage(
                message,
                configuration: A2ASendConfiguration(
                    acceptedOutputModes: ["text/plain"], pushConfig: config, historyLength: 3, returnImmediately: true),
                metadata: ["a": "b"], tenant: "te"
            ).json, { try A2ASendMessage(json: $0).json }
        ),
        ("SendMessageResponse", A2ASendReply.task(task).json, { try A2ASendReply(json: $0).json }),
        ("SendMessageResponse", A2ASendReply.message(message).json, { try A2ASendReply(json: $0).json }),
        ("GetTaskRequest", A2AGetTask(id: "t1", historyLength: 0).json, { try A2AGetTask(json: $0).json }),
        ("CancelTaskRequest", A2ATaskName(id: "t1", metadata: ["a": "b"]).json, { try A2ATaskName(json: $0).json }),
        ("SubscribeToTaskRequest", A2ATaskName(id: "t1").json, { try A2ATaskName(json: $0).json }),
        (
            "ListTasksRequest",
            A2AListTasks(
                contextID: "c1", status: .working, pageSize: 7, pageToken: "p", historyLength: 2,
                statusTimestampAfter: Timestamp(milliseconds: 1_750_000_000_007), includeArtifacts: true
            ).json,
            { try A2AListTasks(json: $0).json }
        ),
        (
            "ListTasksResponse",
            A2ATaskPage(tasks: [task], nextPageToken: "n", pageSize: 50, totalSize: 1).json,
            { try A2ATaskPage(json: $0).json }
        ),
        ("TaskPushNotificationConfig", config.json, { try A2APushConfig(json: $0).json }),
        (
            "GetTaskPushNotificationConfigRequest", A2APushConfigName(taskID: "t1", id: "p1").json,
            { try A2APushConfigName(json: $0).json }
        ),
        (
            "DeleteTaskPushNotificationConfigRequest", A2APushConfigName(taskID: "t1", id: "p1").json,
            { try A2APushConfigName(json: $0).json }
        ),
        (
            "ListTaskPushNotificationConfigsRequest",
            A2AListPushConfigs(taskID: "t1", pageSize: 3, pageToken: "x").json,
            { try A2AListPushConfigs(json: $0).json }
        ),
        (
            "ListTaskPushNotificationConfigsResponse", A2APushConfigPage(configs: [config]).json,
            { try A2APushConfigPage(json: $0).json }
        ),
        ("AgentCard", card.json, { try A2AAgentCard(json: $0).json }),
    ]

    /// Members in the order of their names: protobuf's maps have none.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.map { JSONMember($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        case .array(let values): .array(values.map { sorted($0) })
        default: value
        }
    }

    @Test("1.0: every type goes to the SDK and comes back as it went", .enabled(if: has10))
    func current() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let lines = Self.objects.map { "\($0.type) \($0.json.text)" }.joined(separator: "\n") + "\n"
            let output = try PythonPeer("Tests/A2ATests/Peers/a2a_types.py").run(input: lines, in: folder.path)
            let answers = output.split(separator: "\n").map { String($0) }
            #expect(answers.count == Self.objects.count)
            for (object, answer) in zip(Self.objects, answers) {
                let theirs = try JSONValue(parsing: answer)
                let back = try object.again(theirs)
                #expect(Self.sorted(back) == Self.sorted(object.json), "\(object.type)")
            }
        }
    }

    @Test("0.3: what we write the SDK reads and writes again byte for byte", .enabled(if: old != nil))
    func legacy() async throws {
        let folder03 = try #require(Self.old)
        try await onThread {
            let folder = try TemporaryFolder()
            var plain = Self.message
            // 0.3 takes objects only, and has no place for what a text is called.
            plain.parts.removeAll { if case .raw = $0.content { true } else { false } }
            var task = Self.task
            task.history = [plain]
            let update = A2AStatusUpdate(taskID: "t1", contextID: "c1", status: task.status)
            let more = A2AArtifactUpdate(taskID: "t1", contextID: "c1", artifact: task.artifacts[0], append: true)
            let objects: [(String, JSONValue)] = [
                ("Message", A2ALegacy.json(Self.message)), ("Task", A2ALegacy.json(task)),
                ("TaskStatusUpdateEvent", A2ALegacy.json(.statusUpdate(update))),
                ("TaskArtifactUpdateEvent", A2ALegacy.json(.artifactUpdate(more))),
                ("AgentCard", A2ALegacy.json(A2ABench.card)),
            ]
            let lines = objects.map { "\($0.0) \($0.1.text)" }.joined(separator: "\n") + "\n"
            let output = try PythonPeer("Tests/A2ATests/Peers/a2a_types_03.py").run(
                environment: ["PYTHONPATH": folder03], input: lines, in: folder.path)
            let answers = output.split(separator: "\n").map { String($0) }
            for (object, answer) in zip(objects, answers) { #expect(answer == object.1.text, "\(object.0)") }
            #expect(answers.count == objects.count)
        }
    }
}
