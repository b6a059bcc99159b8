public import JSON

/// A change of a task's status.
public struct A2AStatusUpdate: A2AObject {
    /// The task.
    public var taskID: String
    /// Its conversation.
    public var contextID: String
    /// The new status.
    public var status: A2ATaskStatus
    /// What else there is to say, an object.
    public var metadata: JSONValue?

    /// An update.
    public init(taskID: String, contextID: String, status: A2ATaskStatus, metadata: JSONValue? = nil) {
        self.taskID = taskID
        self.contextID = contextID
        self.status = status
        self.metadata = metadata
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "TaskStatusUpdateEvent")
        self.init(
            taskID: try fields.required("taskId"), contextID: try fields.string("contextId") ?? "",
            status: try fields.must("status"), metadata: try fields.object("metadata"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("taskId", taskID)
        members.add(ifAny: "contextId", contextID)
        members.add("status", status)
        members.add("metadata", metadata)
        return members.json
    }
}

/// An artifact, or more of one.
public struct A2AArtifactUpdate: A2AObject {
    /// The task.
    public var taskID: String
    /// Its conversation.
    public var contextID: String
    /// The artifact, or what is new of it.
    public var artifact: A2AArtifact
    /// Whether its parts go after those that are there.
    public var append: Bool
    /// Whether nothing more of it comes.
    public var lastChunk: Bool
    /// What else there is to say, an object.
    public var metadata: JSONValue?

    /// An update.
    public init(
        taskID: String, contextID: String, artifact: A2AArtifact, append: Bool = false, lastChunk: Bool = false,
        metadata: JSONValue? = nil
    ) {
        self.taskID = taskID
        self.contextID = contextID
        self.artifact = artifact
        self.append = append
        self.lastChunk = lastChunk
        self.metadata = metadata
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "TaskArtifactUpdateEvent")
        self.init(
            taskID: try fields.required("taskId"), contextID: try fields.string("contextId") ?? "",
            artifact: try fields.must("artifact"), append: try fields.bool("append") ?? false,
            lastChunk: try fields.bool("lastChunk") ?? false, metadata: try fields.object("metadata"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("taskId", taskID)
        members.add(ifAny: "contextId", contextID)
        members.add("artifact", artifact)
        if append { members.add("append", true) }
        if lastChunk { members.add("lastChunk", true) }
        members.add("metadata", metadata)
        return members.json
    }
}

/// An item of a stream, a webhook's body, an entry of the event topic: exactly one of these.
public enum A2AStreamResponse: A2AObject {
    /// The task as it is.
    case task(A2ATask)
    /// An answer without a task.
    case message(A2AMessage)
    /// The task's status changed.
    case statusUpdate(A2AStatusUpdate)
    /// The task has a new artifact, or more of one.
    case artifactUpdate(A2AArtifactUpdate)

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "StreamResponse")
        if let task = try fields.one("task", A2ATask.self) {
            self = .task(task)
        } else if let message = try fields.one("message", A2AMessage.self) {
            self = .message(message)
        } else if let update = try fields.one("statusUpdate", A2AStatusUpdate.self) {
            self = .statusUpdate(update)
        } else if let update = try fields.one("artifactUpdate", A2AArtifactUpdate.self) {
            self = .artifactUpdate(update)
        } else {
            throw A2AFormatError("a StreamResponse must have one of task, message, statusUpdate and artifactUpdate")
        }
    }

    /// It as JSON.
    public var json: JSONValue {
        switch self {
        case .task(let task): [("task", task.json)].object
        case .message(let message): [("message", message.json)].object
        case .statusUpdate(let update): [("statusUpdate", update.json)].object
        case .artifactUpdate(let update): [("artifactUpdate", update.json)].object
        }
    }

    /// The task that it is about; nil for a message without one.
    public var taskID: String? {
        switch self {
        case .task(let task): task.id
        case .message(let message): message.taskID.isEmpty ? nil : message.taskID
        case .statusUpdate(let update): update.taskID
        case .artifactUpdate(let update): update.taskID
        }
    }

    /// The status that it tells of; nil when it tells of none.
    public var status: A2ATaskStatus? {
        switch self {
        case .task(let task): task.status
        case .statusUpdate(let update): update.status
        case .message, .artifactUpdate: nil
        }
    }
}

extension [(String, JSONValue)] {
    /// An object of these members.
    var object: JSONValue { .object(map { JSONMember($0.0, $0.1) }) }
}
