public import JSON
public import StreamCore

/// Where a task stands.
public enum A2ATaskState: String, Sendable, Hashable, CaseIterable {
    /// Nobody says.
    case unspecified = "TASK_STATE_UNSPECIFIED"
    /// Taken, not begun.
    case submitted = "TASK_STATE_SUBMITTED"
    /// Under way.
    case working = "TASK_STATE_WORKING"
    /// Done.
    case completed = "TASK_STATE_COMPLETED"
    /// Not done, for an error.
    case failed = "TASK_STATE_FAILED"
    /// Taken back.
    case canceled = "TASK_STATE_CANCELED"
    /// Waits for another message of the user.
    case inputRequired = "TASK_STATE_INPUT_REQUIRED"
    /// The agent does not want to.
    case rejected = "TASK_STATE_REJECTED"
    /// Waits for credentials.
    case authRequired = "TASK_STATE_AUTH_REQUIRED"

    /// Whether it is the last.
    public var isTerminal: Bool {
        switch self {
        case .completed, .failed, .canceled, .rejected: true
        case .unspecified, .submitted, .working, .inputRequired, .authRequired: false
        }
    }

    /// Whether it waits for the client.
    public var isInterrupted: Bool { self == .inputRequired || self == .authRequired }
}

/// A task's state, and since when.
public struct A2ATaskStatus: A2AObject {
    /// The state.
    public var state: A2ATaskState
    /// What the agent says of it.
    public var message: A2AMessage?
    /// Since when.
    public var timestamp: Timestamp?

    /// A status.
    public init(_ state: A2ATaskState, message: A2AMessage? = nil, timestamp: Timestamp? = nil) {
        self.state = state
        self.message = message
        self.timestamp = timestamp
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "TaskStatus")
        let name = try fields.string("state") ?? A2ATaskState.unspecified.rawValue
        guard let state = A2ATaskState(rawValue: name) else {
            throw fields.wrong("state", "a TaskState, not '\(name)'")
        }
        self.init(state, message: try fields.one("message"), timestamp: try fields.timestamp("timestamp"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("state", state.rawValue)
        members.add("message", message)
        members.add("timestamp", timestamp)
        return members.json
    }
}

/// Something that an agent made.
public struct A2AArtifact: A2AObject {
    /// Names it within its task.
    public var artifactID: String
    /// Its name for people.
    public var name: String
    /// What it is.
    public var description: String
    /// What it holds.
    public var parts: [A2APart]
    /// What else there is to say, an object.
    public var metadata: JSONValue?
    /// The URIs of the extensions that were used.
    public var extensions: [String]

    /// An artifact.
    public init(
        _ artifactID: String, parts: [A2APart], name: String = "", description: String = "",
        metadata: JSONValue? = nil, extensions: [String] = []
    ) {
        self.artifactID = artifactID
        self.name = name
        self.description = description
        self.parts = parts
        self.metadata = metadata
        self.extensions = extensions
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "Artifact")
        self.init(
            try fields.required("artifactId"), parts: try fields.list("parts"), name: try fields.string("name") ?? "",
            description: try fields.string("description") ?? "", metadata: try fields.object("metadata"),
            extensions: try fields.strings("extensions"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("artifactId", artifactID)
        members.add(ifAny: "name", name)
        members.add(ifAny: "description", description)
        members.add("parts", parts)
        members.add("metadata", metadata)
        members.add("extensions", extensions)
        return members.json
    }
}

/// The unit of work.
public struct A2ATask: A2AObject {
    /// Names it; made by the agent.
    public var id: String
    /// The conversation that it belongs to.
    public var contextID: String
    /// Where it stands.
    public var status: A2ATaskStatus
    /// What the agent made.
    public var artifacts: [A2AArtifact]
    /// What was said, oldest first; without the status's message.
    public var history: [A2AMessage]
    /// What else there is to say, an object.
    public var metadata: JSONValue?

    /// A task.
    public init(
        _ id: String, contextID: String, status: A2ATaskStatus, artifacts: [A2AArtifact] = [],
        history: [A2AMessage] = [], metadata: JSONValue? = nil
    ) {
        self.id = id
        self.contextID = contextID
        self.status = status
        self.artifacts = artifacts
        self.history = history
        self.metadata = metadata
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "Task")
        self.init(
            try fields.required("id"), contextID: try fields.string("contextId") ?? "",
            status: try fields.must("status"), artifacts: try fields.list("artifacts"),
            history: try fields.list("history"), metadata: try fields.object("metadata"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("id", id)
        members.add(ifAny: "contextId", contextID)
        members.add("status", status)
        members.add("artifacts", artifacts)
        members.add("history", history)
        members.add("metadata", metadata)
        return members.json
    }

    /// The task with the last `length` messages of its history; nil keeps all, 0 none.
    public func withHistory(_ length: Int?) -> A2ATask {
        guard let length, history.count > length else { return self }
        var task = self
        task.history = Array(history.suffix(max(0, length)))
        return task
    }

    /// Takes what an update says into the task: what a client does with the events of a stream.
    ///
    /// - Throws: ``A2AFormatError`` when an artifact that is not there is to be continued.
    public mutating func apply(_ event: A2AStreamResponse) throws(A2AFormatError) {
        switch event {
        case .task(let task): self = task
        case .message: break
        case .statusUpdate(let update):
            if let said = status.message { history.append(said) }
            status = update.status
        case .artifactUpdate(let update):
            let place = artifacts.firstIndex { $0.artifactID == update.artifact.artifactID }
            switch (place, update.append) {
            case (let place?, true): artifacts[place].parts += update.artifact.parts
            case (let place?, false): artifacts[place] = update.artifact
            case (nil, false): artifacts.append(update.artifact)
            case (nil, true):
                throw A2AFormatError(
                    "artifact '\(update.artifact.artifactID)' cannot be continued: task '\(id)' has none of that id")
            }
        }
    }
}
