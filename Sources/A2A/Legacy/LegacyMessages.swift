import JSON
import StreamCore

/// The requests of the 0.3 transport: `{"method", "params", "streaming", "agent_card"}`.
struct LegacyRequest: Sendable {
    let operation: A2AOperation
    /// As 1.0 has them.
    let params: JSONValue
    /// What decides the partition.
    let key: String?

    static let methods: [(name: String, isStreaming: Bool, operation: A2AOperation)] = [
        ("message_send", false, .sendMessage), ("message_send", true, .sendStreamingMessage),
        ("task_get", false, .getTask), ("task_cancel", false, .cancelTask),
        ("task_resubscribe", true, .subscribeToTask),
        ("task_push_notification_config_set", false, .createPushConfig),
        ("task_push_notification_config_get", false, .getPushConfig),
        ("task_push_notification_config_list", false, .listPushConfigs),
        ("task_push_notification_config_delete", false, .deletePushConfig),
    ]

    /// The request that `value` is.
    ///
    /// - Throws: ``LegacyProblem`` with the words that the original has.
    init(_ value: Bytes?) throws {
        let body: JSONValue
        do { body = try JSONValue(parsing: value ?? "") } catch { throw LegacyProblem("Invalid request: \(error)") }
        guard let method = body["method"]?.stringValue, !method.isEmpty else {
            throw LegacyProblem("Missing method in request")
        }
        let isStreaming = body["streaming"] == .bool(true)
        let known = Self.methods.filter { $0.name == method }
        guard let first = known.first else { throw LegacyProblem("Unknown method: \(method)") }
        // Resubscription is a stream whatever the flag says: the original's client never sets it right.
        guard let found = known.first(where: { $0.isStreaming == isStreaming }) ?? (isStreaming ? nil : first) else {
            throw LegacyProblem("Streaming not supported for method: \(method)")
        }
        operation = found.operation
        let params = body["params"] ?? .null
        switch operation {
        case .sendMessage, .sendStreamingMessage:
            let request = try A2ALegacy.sendMessage(params)
            self.params = request.json
            key = A2ARemoteAgent.key(of: request.message).utf8
        case .createPushConfig:
            let config = try A2ALegacy.named(params)
            self.params = config.json
            key = config.taskID
        default:
            let fields = try A2AFields(params, "params")
            let id = try fields.required("id")
            key = id
            switch operation {
            case .getTask:
                self.params = A2AGetTask(id: id, historyLength: try fields.integer("historyLength")).json
            case .getPushConfig, .deletePushConfig:
                let name = try fields.string("pushNotificationConfigId") ?? ""
                self.params = ["taskId": .string(id), "id": .string(name)]
            case .listPushConfigs: self.params = A2AListPushConfigs(taskID: id).json
            default: self.params = A2ATaskName(id: id, metadata: try fields.object("metadata")).json
            }
        }
    }

    /// The body of a request for `operation` with parameters of 1.0; `card` is the agent's, as 0.3 has it.
    static func body(_ operation: A2AOperation, _ params: JSONValue, card: JSONValue) throws -> JSONValue {
        guard let method = methods.first(where: { $0.operation == operation }) else {
            throw A2AError(.unsupportedOperation, "version 0.3 over Kafka has no \(operation.rawValue)")
        }
        let legacy: JSONValue
        switch operation {
        case .sendMessage, .sendStreamingMessage: legacy = A2ALegacy.json(try A2ASendMessage(json: params))
        case .createPushConfig: legacy = A2ALegacy.named(try A2APushConfig(json: params))
        case .getTask:
            let request = try A2AGetTask(json: params)
            let length: JSONValue = request.historyLength.map { .integer(Int64($0)) } ?? .null
            legacy = ["historyLength": length, "id": .string(request.id), "metadata": .null]
        case .getPushConfig, .deletePushConfig:
            let name = try A2APushConfigName(json: params)
            legacy = ["id": .string(name.taskID), "metadata": .null, "pushNotificationConfigId": .string(name.id)]
        case .listPushConfigs:
            legacy = ["id": .string(try A2AListPushConfigs(json: params).taskID), "metadata": .null]
        case .cancelTask, .subscribeToTask, .listTasks, .getExtendedCard:
            legacy = ["id": .string(try A2ATaskName(json: params).id), "metadata": .null]
        }
        return [
            "method": .string(method.name), "params": legacy, "streaming": .bool(method.isStreaming),
            "agent_card": card,
        ]
    }
}

/// Why a request of 0.3 is no request.
struct LegacyProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The responses of the 0.3 transport: `{"type", "data"}`.
enum LegacyResponse {
    /// The answer of 1.0 as 0.3 has it.
    static func json(_ operation: A2AOperation, _ answer: JSONValue) throws -> JSONValue {
        switch operation {
        case .sendMessage:
            switch try A2ASendReply(json: answer) {
            case .task(let task): return item(.task(task))
            case .message(let message): return item(.message(message))
            }
        case .sendStreamingMessage, .subscribeToTask: return ["type": "stream_complete", "data": [:]]
        case .getTask, .cancelTask: return item(.task(try A2ATask(json: answer)))
        case .createPushConfig, .getPushConfig:
            let config = A2ALegacy.named(try A2APushConfig(json: answer))
            return ["type": "task_push_notification_config", "data": config]
        case .listPushConfigs:
            let configs = try A2APushConfigPage(json: answer).configs.map { A2ALegacy.named($0) }
            return ["type": "task_push_notification_config_list", "data": .array(configs)]
        case .deletePushConfig: return ["type": "success", "data": [:]]
        case .listTasks, .getExtendedCard: return error("Unknown method: \(operation.rawValue)", nil)
        }
    }

    /// What an item is called.
    static func type(of item: A2AStreamResponse) -> String {
        switch item {
        case .task: "task"
        case .message: "message"
        case .statusUpdate: "task_status_update"
        case .artifactUpdate: "task_artifact_update"
        }
    }

    static func item(_ item: A2AStreamResponse) -> JSONValue {
        ["type": .string(type(of: item)), "data": A2ALegacy.json(item)]
    }

    /// A push notification; nobody has asked for it.
    static func push(_ item: A2AStreamResponse) -> JSONValue {
        ["type": .string("push_\(type(of: item))"), "data": A2ALegacy.json(item)]
    }

    /// An error; the original's text is empty for errors of the protocol, this never is, and has the code besides.
    static func error(_ message: String, _ error: A2AError?) -> JSONValue {
        var members = [JSONMember("error", .string(message.isEmpty ? "the agent gave no reason" : message))]
        if let error {
            members.append(JSONMember("code", .integer(Int64(error.code.rawValue))))
            members.append(JSONMember("data", error.json["data"] ?? []))
        }
        return ["type": "error", "data": .object(members)]
    }
}

/// The headers of the 0.3 transport.
enum LegacyHeader {
    static let correlation = "correlation_id"
    static let replyTopic = "reply_topic"
    static let agent = "agent_id"
    static let trace = "trace_id"
    static let notification = "notification_type"
}
