public import JSON

/// How whoever sends a push notification says who it is.
public struct A2AAuthentication: A2AObject {
    /// The scheme, such as `Bearer` or `Basic`.
    public var scheme: String
    /// What follows the scheme.
    public var credentials: String

    /// An authentication.
    public init(scheme: String, credentials: String = "") {
        self.scheme = scheme
        self.credentials = credentials
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "AuthenticationInfo")
        self.init(scheme: try fields.required("scheme"), credentials: try fields.string("credentials") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("scheme", scheme)
        members.add(ifAny: "credentials", credentials)
        return members.json
    }
}

/// Where a task's updates are pushed to.
public struct A2APushConfig: A2AObject {
    /// Names it within its task; made by the agent when empty.
    public var id: String
    /// The task.
    public var taskID: String
    /// Where updates are posted to, `http` or `https`.
    public var url: String
    /// What the receiver knows the sender by, in header `X-A2A-Notification-Token`.
    public var token: String
    /// What goes into header `Authorization`.
    public var authentication: A2AAuthentication?
    /// The tenant; empty where there is none.
    public var tenant: String

    /// A configuration.
    public init(
        url: String, id: String = "", taskID: String = "", token: String = "",
        authentication: A2AAuthentication? = nil, tenant: String = ""
    ) {
        self.id = id
        self.taskID = taskID
        self.url = url
        self.token = token
        self.authentication = authentication
        self.tenant = tenant
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "TaskPushNotificationConfig")
        self.init(
            url: try fields.required("url"), id: try fields.string("id") ?? "",
            taskID: try fields.string("taskId") ?? "", token: try fields.string("token") ?? "",
            authentication: try fields.one("authentication"), tenant: try fields.string("tenant") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add(ifAny: "tenant", tenant)
        members.add(ifAny: "id", id)
        members.add(ifAny: "taskId", taskID)
        members.add("url", url)
        members.add(ifAny: "token", token)
        members.add("authentication", authentication)
        return members.json
    }
}

/// Names a push configuration: what `GetTaskPushNotificationConfig` and `DeleteTaskPushNotificationConfig` ask for.
public struct A2APushConfigName: A2AObject {
    /// The task.
    public var taskID: String
    /// The configuration.
    public var id: String

    /// A name.
    public init(taskID: String, id: String) {
        self.taskID = taskID
        self.id = id
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "the request")
        self.init(taskID: try fields.required("taskId"), id: try fields.required("id"))
    }

    /// It as JSON.
    public var json: JSONValue { ["taskId": .string(taskID), "id": .string(id)] }
}

/// What `ListTaskPushNotificationConfigs` asks.
public struct A2AListPushConfigs: A2AObject {
    /// The task.
    public var taskID: String
    /// How many at most; 0 leaves it to the agent.
    public var pageSize: Int
    /// Where to go on; empty at the start.
    public var pageToken: String

    /// A request.
    public init(taskID: String, pageSize: Int = 0, pageToken: String = "") {
        self.taskID = taskID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "ListTaskPushNotificationConfigsRequest")
        self.init(
            taskID: try fields.required("taskId"), pageSize: try fields.integer("pageSize") ?? 0,
            pageToken: try fields.string("pageToken") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("taskId", taskID)
        if pageSize > 0 { members.add("pageSize", pageSize) }
        members.add(ifAny: "pageToken", pageToken)
        return members.json
    }
}

/// What `ListTaskPushNotificationConfigs` answers.
public struct A2APushConfigPage: A2AObject {
    /// The configurations.
    public var configs: [A2APushConfig]
    /// Where to go on; empty at the end.
    public var nextPageToken: String

    /// A page.
    public init(configs: [A2APushConfig], nextPageToken: String = "") {
        self.configs = configs
        self.nextPageToken = nextPageToken
    }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "ListTaskPushNotificationConfigsResponse")
        self.init(configs: try fields.list("configs"), nextPageToken: try fields.string("nextPageToken") ?? "")
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        members.add("configs", configs)
        members.add(ifAny: "nextPageToken", nextPageToken)
        return members.json
    }
}
