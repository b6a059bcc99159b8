public import JSON
public import StreamCore

/// What `GetTask` asks.
public struct A2AGetTask: A2AObject {
    /// The task.
    public var id: String
    /// How many messages of history the answer is to have; nil wants all.
    public var historyLength: Int?

    /// A request.
    public init(id: String, historyLength: Int? = nil) {
        self.id = id
        self.historyLength = historyLength
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "GetTaskRequest")
        self.init(id: try fields.required("id"), historyLength: try fields.integer("historyLength"))
        if let historyLength, historyLength < 0 { throw fields.wrong("historyLength", "0 or more") }
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("id", id)
        members.add("historyLength", historyLength)
        return members.json
    }
}

/// What `CancelTask` and `SubscribeToTask` ask.
public struct A2ATaskName: A2AObject {
    /// The task.
    public var id: String
    /// What else there is to say, an object; of `CancelTask` only.
    public var metadata: JSONValue?

    /// A request.
    public init(id: String, metadata: JSONValue? = nil) {
        self.id = id
        self.metadata = metadata
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "the request")
        self.init(id: try fields.required("id"), metadata: try fields.object("metadata"))
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("id", id)
        members.add("metadata", metadata)
        return members.json
    }
}

/// What `ListTasks` asks.
public struct A2AListTasks: A2AObject {
    /// Only tasks of this conversation; empty takes all.
    public var contextID: String
    /// Only tasks in this state; nil takes all.
    public var status: A2ATaskState?
    /// How many at most, 1 through 100; nil means 50.
    public var pageSize: Int?
    /// Where to go on; empty at the start.
    public var pageToken: String
    /// How many messages of history each is to have; nil wants none.
    public var historyLength: Int?
    /// Only tasks whose status is of this time or later.
    public var statusTimestampAfter: Timestamp?
    /// Whether artifacts are wanted.
    public var includeArtifacts: Bool

    /// A request.
    public init(
        contextID: String = "", status: A2ATaskState? = nil, pageSize: Int? = nil, pageToken: String = "",
        historyLength: Int? = nil, statusTimestampAfter: Timestamp? = nil, includeArtifacts: Bool = false
    ) {
        self.contextID = contextID
        self.status = status
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.historyLength = historyLength
        self.statusTimestampAfter = statusTimestampAfter
        self.includeArtifacts = includeArtifacts
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "ListTasksRequest")
        let name = try fields.string("status")
        let status = name.flatMap { A2ATaskState(rawValue: $0) }
        if name != nil, status == nil { throw fields.wrong("status", "a TaskState") }
        self.init(
            contextID: try fields.string("contextId") ?? "", status: status == .unspecified ? nil : status,
            pageSize: try fields.integer("pageSize"), pageToken: try fields.string("pageToken") ?? "",
            historyLength: try fields.integer("historyLength"),
            statusTimestampAfter: try fields.timestamp("statusTimestampAfter"),
            includeArtifacts: try fields.bool("includeArtifacts") ?? false)
        if let pageSize, !(1...100).contains(pageSize) {
            throw fields.wrong("pageSize", "1 through 100, not \(pageSize)")
        }
        if let historyLength, historyLength < 0 { throw fields.wrong("historyLength", "0 or more") }
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add(ifAny: "contextId", contextID)
        members.add("status", status?.rawValue)
        members.add("pageSize", pageSize)
        members.add(ifAny: "pageToken", pageToken)
        members.add("historyLength", historyLength)
        members.add("statusTimestampAfter", statusTimestampAfter)
        if includeArtifacts { members.add("includeArtifacts", true) }
        return members.json
    }
}

/// What `ListTasks` answers.
public struct A2ATaskPage: A2AObject {
    /// The tasks, those whose status changed last first.
    public var tasks: [A2ATask]
    /// Where to go on; empty at the end.
    public var nextPageToken: String
    /// How many a page has at most.
    public var pageSize: Int
    /// How many tasks there are on all pages.
    public var totalSize: Int

    /// A page.
    public init(tasks: [A2ATask], nextPageToken: String, pageSize: Int, totalSize: Int) {
        self.tasks = tasks
        self.nextPageToken = nextPageToken
        self.pageSize = pageSize
        self.totalSize = totalSize
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "ListTasksResponse")
        self.init(
            tasks: try fields.list("tasks"), nextPageToken: try fields.string("nextPageToken") ?? "",
            pageSize: try fields.integer("pageSize") ?? 0, totalSize: try fields.integer("totalSize") ?? 0)
    }

    /// It as JSON; all four members are always there.
    public var json: JSONValue {
        [
            "tasks": .array(tasks.map(\.json)), "nextPageToken": .string(nextPageToken),
            "pageSize": .integer(Int64(pageSize)), "totalSize": .integer(Int64(totalSize)),
        ]
    }
}

/// A request or an answer without content.
public struct A2AEmpty: A2AObject {
    /// Nothing.
    public init() {}

    /// Reads it: any object.
    public init(json: JSONValue) throws(A2AFormatError) { _ = try A2AFields(json, "the object") }

    /// It as JSON.
    public var json: JSONValue { .object([]) }
}
