public import JSON
import StreamCore

/// A2A 0.3 as the Kafka transport of a2a-python's pull request 434 writes it: `kind` says what an object is, states are in
/// kebab-case, nulls are written, members are in alphabetical order.
///
/// Conversions between 0.3 and 1.0 lose nothing that both can say. What 0.3 has no place for is left out: a text's file name
/// and media type. Data that is no object is wrapped as `{"value": …}`, the only form that 0.3 has.
public enum A2ALegacy {
    // MARK: Writing

    /// A task as 0.3 has it.
    public static func json(_ task: A2ATask) -> JSONValue {
        [
            "artifacts": list(task.artifacts.map { json($0) }), "contextId": .string(task.contextID),
            "history": list(task.history.map { json($0) }), "id": .string(task.id), "kind": "task",
            "metadata": task.metadata ?? .null, "status": json(task.status),
        ]
    }

    /// A message as 0.3 has it.
    public static func json(_ message: A2AMessage) -> JSONValue {
        [
            "contextId": text(message.contextID), "extensions": list(message.extensions.map { .string($0) }),
            "kind": "message", "messageId": .string(message.messageID), "metadata": message.metadata ?? .null,
            "parts": .array(message.parts.map { json($0) }),
            "referenceTaskIds": list(message.referenceTaskIDs.map { .string($0) }),
            "role": message.role == .user ? "user" : "agent", "taskId": text(message.taskID),
        ]
    }

    /// A stream's item as 0.3 has it, with `final` where the stream ends.
    public static func json(_ item: A2AStreamResponse) -> JSONValue {
        switch item {
        case .task(let task): json(task)
        case .message(let message): json(message)
        case .statusUpdate(let update):
            [
                "contextId": .string(update.contextID),
                "final": .bool(update.status.state.isTerminal || update.status.state.isInterrupted),
                "kind": "status-update", "metadata": update.metadata ?? .null, "status": json(update.status),
                "taskId": .string(update.taskID),
            ]
        case .artifactUpdate(let update):
            [
                "append": update.append ? true : .null, "artifact": json(update.artifact),
                "contextId": .string(update.contextID), "kind": "artifact-update",
                "lastChunk": update.lastChunk ? true : .null, "metadata": update.metadata ?? .null,
                "taskId": .string(update.taskID),
            ]
        }
    }

    static func json(_ status: A2ATaskStatus) -> JSONValue {
        [
            "message": status.message.map { json($0) } ?? .null, "state": .string(name(of: status.state)),
            "timestamp": status.timestamp.map { .string($0.iso) } ?? .null,
        ]
    }

    static func json(_ artifact: A2AArtifact) -> JSONValue {
        [
            "artifactId": .string(artifact.artifactID), "description": text(artifact.description),
            "extensions": list(artifact.extensions.map { .string($0) }), "metadata": artifact.metadata ?? .null,
            "name": text(artifact.name), "parts": .array(artifact.parts.map { json($0) }),
        ]
    }

    static func json(_ part: A2APart) -> JSONValue {
        let metadata = part.metadata ?? .null
        let (name, type) = (text(part.filename), text(part.mediaType))
        switch part.content {
        case .text(let said): return ["kind": "text", "metadata": metadata, "text": .string(said)]
        case .raw(let bytes):
            let file: JSONValue = ["bytes": .string(A2APart.base64(bytes)), "mimeType": type, "name": name]
            return ["file": file, "kind": "file", "metadata": metadata]
        case .url(let url):
            return [
                "file": ["mimeType": type, "name": name, "uri": .string(url)], "kind": "file", "metadata": metadata,
            ]
        case .data(let value):
            let object = value.members == nil ? ["value": value] : value
            return ["data": object, "kind": "data", "metadata": metadata]
        }
    }

    static func json(_ config: A2APushConfig) -> JSONValue {
        let authentication: JSONValue =
            config.authentication.map { ["credentials": text($0.credentials), "schemes": [.string($0.scheme)]] }
            ?? .null
        return [
            "authentication": authentication, "id": text(config.id), "token": text(config.token),
            "url": .string(config.url),
        ]
    }

    /// A configuration with its task.
    static func named(_ config: A2APushConfig) -> JSONValue {
        ["pushNotificationConfig": json(config), "taskId": .string(config.taskID)]
    }

    static func json(_ request: A2ASendMessage) -> JSONValue {
        var configuration = JSONValue.null
        if let wanted = request.configuration {
            configuration = [
                "acceptedOutputModes": list(wanted.acceptedOutputModes.map { .string($0) }),
                "blocking": .bool(!wanted.returnImmediately),
                "historyLength": wanted.historyLength.map { .integer(Int64($0)) } ?? .null,
                "pushNotificationConfig": wanted.pushConfig.map { json($0) } ?? .null,
            ]
        }
        return [
            "configuration": configuration, "message": json(request.message), "metadata": request.metadata ?? .null,
        ]
    }

    /// A card as 0.3 has it: the first interface is its address.
    public static func json(_ card: A2AAgentCard) -> JSONValue {
        let first = card.supportedInterfaces.first
        let others = card.supportedInterfaces.dropFirst().map { other -> JSONValue in
            ["transport": .string(other.protocolBinding), "url": .string(other.url)]
        }
        let extensions = card.capabilities.extensions.map { known -> JSONValue in
            [
                "description": text(known.description), "params": known.params ?? .null,
                "required": .bool(known.required), "uri": .string(known.uri),
            ]
        }
        let capabilities: JSONValue = [
            "extensions": list(extensions), "pushNotifications": .bool(card.capabilities.pushNotifications),
            "stateTransitionHistory": .null, "streaming": .bool(card.capabilities.streaming),
        ]
        return [
            "additionalInterfaces": list(others), "capabilities": capabilities,
            "defaultInputModes": .array(card.defaultInputModes.map { .string($0) }),
            "defaultOutputModes": .array(card.defaultOutputModes.map { .string($0) }),
            "description": .string(card.description), "documentationUrl": text(card.documentationURL),
            "iconUrl": text(card.iconURL), "name": .string(card.name),
            "preferredTransport": .string(first?.protocolBinding ?? "KAFKA"), "protocolVersion": "0.3.0",
            "provider": card.provider ?? .null, "security": .null, "securitySchemes": .null, "signatures": .null,
            "skills": .array(card.skills.map { json($0) }),
            "supportsAuthenticatedExtendedCard": card.capabilities.extendedAgentCard ? true : .null,
            "url": .string(first?.url ?? ""), "version": .string(card.version),
        ]
    }

    private static func json(_ skill: A2ASkill) -> JSONValue {
        [
            "description": .string(skill.description), "examples": list(skill.examples.map { .string($0) }),
            "id": .string(skill.id), "inputModes": list(skill.inputModes.map { .string($0) }),
            "name": .string(skill.name), "outputModes": list(skill.outputModes.map { .string($0) }), "security": .null,
            "tags": .array(skill.tags.map { .string($0) }),
        ]
    }

    /// A state's name in 0.3.
    static func name(of state: A2ATaskState) -> String {
        switch state {
        case .unspecified: "unknown"
        case .submitted: "submitted"
        case .working: "working"
        case .completed: "completed"
        case .failed: "failed"
        case .canceled: "canceled"
        case .inputRequired: "input-required"
        case .rejected: "rejected"
        case .authRequired: "auth-required"
        }
    }

    private static func text(_ text: String) -> JSONValue { text.isEmpty ? .null : .string(text) }

    private static func list(_ values: [JSONValue]) -> JSONValue { values.isEmpty ? .null : .array(values) }
}
