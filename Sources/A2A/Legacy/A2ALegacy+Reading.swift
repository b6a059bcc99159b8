public import JSON
import StreamCore

extension A2ALegacy {
    /// The task that 0.3 says.
    ///
    /// - Throws: ``A2AFormatError``.
    public static func task(_ json: JSONValue) throws(A2AFormatError) -> A2ATask {
        let fields = try A2AFields(json, "Task")
        var artifacts: [A2AArtifact] = []
        for value in try fields.elements("artifacts") { artifacts.append(try artifact(value)) }
        var history: [A2AMessage] = []
        for value in try fields.elements("history") { history.append(try message(value)) }
        return A2ATask(
            try fields.required("id"), contextID: try fields.string("contextId") ?? "",
            status: try status(fields["status"] ?? .null), artifacts: artifacts, history: history,
            metadata: try fields.object("metadata"))
    }

    /// The message that 0.3 says.
    ///
    /// - Throws: ``A2AFormatError``.
    public static func message(_ json: JSONValue) throws(A2AFormatError) -> A2AMessage {
        let fields = try A2AFields(json, "Message")
        var parts: [A2APart] = []
        for value in try fields.elements("parts") { parts.append(try part(value)) }
        let role = try fields.required("role")
        guard role == "user" || role == "agent" else { throw fields.wrong("role", "user or agent") }
        return A2AMessage(
            try fields.required("messageId"), role: role == "user" ? .user : .agent, parts: parts,
            contextID: try fields.string("contextId") ?? "", taskID: try fields.string("taskId") ?? "",
            metadata: try fields.object("metadata"), extensions: try fields.strings("extensions"),
            referenceTaskIDs: try fields.strings("referenceTaskIds"))
    }

    /// The stream's item that 0.3 says, by its `kind`.
    ///
    /// - Throws: ``A2AFormatError``.
    public static func item(_ json: JSONValue) throws(A2AFormatError) -> A2AStreamResponse {
        let fields = try A2AFields(json, "the event")
        switch try fields.string("kind") {
        case "task": return .task(try task(json))
        case "message": return .message(try message(json))
        case "status-update":
            return .statusUpdate(
                A2AStatusUpdate(
                    taskID: try fields.required("taskId"), contextID: try fields.string("contextId") ?? "",
                    status: try status(fields["status"] ?? .null), metadata: try fields.object("metadata")))
        case "artifact-update":
            return .artifactUpdate(
                A2AArtifactUpdate(
                    taskID: try fields.required("taskId"), contextID: try fields.string("contextId") ?? "",
                    artifact: try artifact(fields["artifact"] ?? .null), append: try fields.bool("append") ?? false,
                    lastChunk: try fields.bool("lastChunk") ?? false, metadata: try fields.object("metadata")))
        default: throw fields.wrong("kind", "task, message, status-update or artifact-update")
        }
    }

    static func status(_ json: JSONValue) throws(A2AFormatError) -> A2ATaskStatus {
        let fields = try A2AFields(json, "TaskStatus")
        let name = try fields.required("state")
        guard let state = A2ATaskState.allCases.first(where: { self.name(of: $0) == name }) else {
            throw fields.wrong("state", "a state, not '\(name.prefix(40))'")
        }
        return A2ATaskStatus(
            state, message: try fields["message"].map { value throws(A2AFormatError) in try message(value) },
            timestamp: try fields.timestamp("timestamp"))
    }

    static func artifact(_ json: JSONValue) throws(A2AFormatError) -> A2AArtifact {
        let fields = try A2AFields(json, "Artifact")
        var parts: [A2APart] = []
        for value in try fields.elements("parts") { parts.append(try part(value)) }
        return A2AArtifact(
            try fields.required("artifactId"), parts: parts, name: try fields.string("name") ?? "",
            description: try fields.string("description") ?? "", metadata: try fields.object("metadata"),
            extensions: try fields.strings("extensions"))
    }

    static func part(_ json: JSONValue) throws(A2AFormatError) -> A2APart {
        let fields = try A2AFields(json, "Part")
        let metadata = try fields.object("metadata")
        switch try fields.string("kind") {
        case "text":
            guard let text = try fields.string("text") else { throw fields.wrong("text", "there") }
            return A2APart(.text(text), metadata: metadata)
        case "data": return A2APart(.data(fields["data"] ?? .null), metadata: metadata)
        case "file":
            let file = try A2AFields(fields["file"] ?? .null, "FilePart.file")
            let content: A2APart.Content
            if let bytes = try file.string("bytes") {
                content = .raw(try A2APart.bytes(bytes))
            } else {
                content = .url(try file.required("uri"))
            }
            return A2APart(
                content, metadata: metadata, filename: try file.string("name") ?? "",
                mediaType: try file.string("mimeType") ?? "")
        default: throw fields.wrong("kind", "text, file or data")
        }
    }

    static func config(_ json: JSONValue, task: String) throws(A2AFormatError) -> A2APushConfig {
        let fields = try A2AFields(json, "PushNotificationConfig")
        var authentication: A2AAuthentication?
        if let value = fields["authentication"] {
            let inner = try A2AFields(value, "PushNotificationAuthenticationInfo")
            if let scheme = try inner.strings("schemes").first {
                authentication = A2AAuthentication(scheme: scheme, credentials: try inner.string("credentials") ?? "")
            }
        }
        return A2APushConfig(
            url: try fields.required("url"), id: try fields.string("id") ?? "", taskID: task,
            token: try fields.string("token") ?? "", authentication: authentication)
    }

    /// A configuration with its task.
    static func named(_ json: JSONValue) throws(A2AFormatError) -> A2APushConfig {
        let fields = try A2AFields(json, "TaskPushNotificationConfig")
        return try config(fields["pushNotificationConfig"] ?? .null, task: try fields.required("taskId"))
    }

    static func sendMessage(_ json: JSONValue) throws(A2AFormatError) -> A2ASendMessage {
        let fields = try A2AFields(json, "MessageSendParams")
        let message = try message(fields["message"] ?? .null)
        var configuration: A2ASendConfiguration?
        if let value = fields["configuration"] {
            let inner = try A2AFields(value, "MessageSendConfiguration")
            var push: A2APushConfig?
            if let wanted = inner["pushNotificationConfig"] { push = try config(wanted, task: "") }
            configuration = A2ASendConfiguration(
                acceptedOutputModes: try inner.strings("acceptedOutputModes"), pushConfig: push,
                historyLength: try inner.integer("historyLength"),
                returnImmediately: try inner.bool("blocking") == false)
        }
        return A2ASendMessage(message, configuration: configuration, metadata: try fields.object("metadata"))
    }
}
