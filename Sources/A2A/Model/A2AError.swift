public import AgentOperators
public import JSON

/// An error of the protocol, with the codes of JSON-RPC that all bindings share.
public struct A2AError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of error, by their JSON-RPC code.
    public enum Code: Int, Sendable, Hashable, CaseIterable {
        /// The request is no JSON.
        case parse = -32_700
        /// The request is no request.
        case invalidRequest = -32_600
        /// There is no such operation.
        case methodNotFound = -32_601
        /// The request's content is wrong.
        case invalidParams = -32_602
        /// Something else went wrong.
        case `internal` = -32_603
        /// There is no such task, or not any more.
        case taskNotFound = -32_001
        /// The task has ended.
        case taskNotCancelable = -32_002
        /// The agent sends no push notifications.
        case pushNotificationNotSupported = -32_003
        /// The agent, or the task as it is, does not do this.
        case unsupportedOperation = -32_004
        /// The agent does not take or make such content.
        case contentTypeNotSupported = -32_005
        /// The agent answered what is no answer.
        case invalidAgentResponse = -32_006
        /// The agent has no extended card.
        case extendedCardNotConfigured = -32_007
        /// The agent wants an extension that the client does not say it knows.
        case extensionSupportRequired = -32_008
        /// The agent does not speak that version of the protocol.
        case versionNotSupported = -32_009

        /// The reason in `google.rpc.ErrorInfo`, and the code on the wire.
        public var reason: String {
            switch self {
            case .parse: "PARSE_ERROR"
            case .invalidRequest: "INVALID_REQUEST"
            case .methodNotFound: "METHOD_NOT_FOUND"
            case .invalidParams: "INVALID_PARAMS"
            case .internal: "INTERNAL_ERROR"
            case .taskNotFound: "TASK_NOT_FOUND"
            case .taskNotCancelable: "TASK_NOT_CANCELABLE"
            case .pushNotificationNotSupported: "PUSH_NOTIFICATION_NOT_SUPPORTED"
            case .unsupportedOperation: "UNSUPPORTED_OPERATION"
            case .contentTypeNotSupported: "CONTENT_TYPE_NOT_SUPPORTED"
            case .invalidAgentResponse: "INVALID_AGENT_RESPONSE"
            case .extendedCardNotConfigured: "EXTENDED_AGENT_CARD_NOT_CONFIGURED"
            case .extensionSupportRequired: "EXTENSION_SUPPORT_REQUIRED"
            case .versionNotSupported: "VERSION_NOT_SUPPORTED"
            }
        }
    }

    /// The kind of error.
    public let code: Code
    /// What happened, in words.
    public let message: String
    /// Further facts, by name.
    public let metadata: [String: String]

    /// An error.
    public init(_ code: Code, _ message: String, metadata: [String: String] = [:]) {
        self.code = code
        self.message = message
        self.metadata = metadata
    }

    /// Code, reason and message.
    public var description: String { "\(code.reason) (\(code.rawValue)): \(message)" }

    /// The error object of JSON-RPC, with one `google.rpc.ErrorInfo`.
    public var json: JSONValue {
        let facts = metadata.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) }
        let info: JSONValue = [
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(code.reason),
            "domain": "a2a-protocol.org", "metadata": .object(facts),
        ]
        return ["code": .integer(Int64(code.rawValue)), "message": .string(message), "data": [info]]
    }

    /// Reads an error object of JSON-RPC; a code that is none of the protocol's is an internal error.
    public init(json: JSONValue) {
        let number = json["code"]?.integerValue ?? Int64(Code.internal.rawValue)
        let code = Code(rawValue: Int(clamping: number))
        var facts: [String: String] = code == nil ? ["code": "\(number)"] : [:]
        for member in json["data"]?.elements?.first?["metadata"]?.members ?? [] {
            facts[member.name] = member.value.stringValue ?? member.value.text
        }
        self.init(code ?? .internal, json["message"]?.stringValue ?? "the agent gave no reason", metadata: facts)
    }

    /// It as it travels: the reason is the code, the details are the error object.
    var messageError: MessageError {
        MessageError(code.reason, message, isRetryable: code == .internal, details: json.text)
    }

    /// The error of the protocol that a failure is; nil when it is none of its.
    public init?(_ failure: AgentFailure) {
        self.init(reason: failure.remoteCode, failure.message, details: failure.details)
    }

    /// The error of the protocol that travelled; nil when it is none of its.
    init?(_ error: MessageError) { self.init(reason: error.code, error.message, details: error.details) }

    private init?(reason: String?, _ message: String, details: String?) {
        if let details, let json = try? JSONValue(parsing: .init(details)), json["code"] != nil {
            self.init(json: json)
        } else if let code = Code.allCases.first(where: { $0.reason == reason }) {
            self.init(code, message)
        } else {
            return nil
        }
    }
}
