import JSON
import StreamCore

/// A request or a notification of JSON-RPC 2.0, as a server sees it.
struct MCPMessage: Sendable {
    /// A number or a text; nil for a notification.
    let id: JSONValue?
    let method: String
    /// An object.
    let parameters: JSONValue

    init(_ json: JSONValue) throws(MCPError) {
        guard json.members != nil else {
            throw .invalidRequest("a message is one JSON object; batches are not part of this protocol")
        }
        guard json["jsonrpc"]?.stringValue == "2.0" else { throw .invalidRequest("'jsonrpc' must be \"2.0\"") }
        switch json["id"] {
        case nil: id = nil
        case .some(let id) where id.stringValue != nil || id.integerValue != nil: self.id = id
        default: throw .invalidRequest("'id' must be a text or a whole number")
        }
        guard let method = json["method"]?.stringValue else { throw .invalidRequest("'method' must be a text") }
        self.method = method
        switch json["params"] {
        case nil: parameters = .object([])
        case .some(let parameters) where parameters.members != nil: self.parameters = parameters
        default: throw .invalidRequest("'params' must be an object")
        }
    }

    /// The `_meta` of the parameters.
    var meta: JSONValue? { parameters["_meta"] }

    /// The revision that the request names; nil when it names none, as before the stateless revision.
    var revision: String? { meta?[MCPRevision.versionKey]?.stringValue }

    /// What the header `Mcp-Name` must say; nil when the method has no such header.
    var subject: String? {
        switch method {
        case "tools/call", "prompts/get": parameters["name"]?.stringValue ?? ""
        case "resources/read": parameters["uri"]?.stringValue ?? ""
        default: nil
        }
    }

    /// The id of a message that is none, as far as it can be made out.
    static func identity(of json: JSONValue) -> JSONValue? {
        json["id"].flatMap { $0.stringValue != nil || $0.integerValue != nil ? $0 : nil }
    }

    /// The answer to a request.
    static func result(_ result: JSONValue, to id: JSONValue) -> JSONValue {
        .object([JSONMember("jsonrpc", "2.0"), JSONMember("id", id), JSONMember("result", result)])
    }

    /// The answer to a request that failed, or to something that was none.
    static func error(_ error: MCPError, to id: JSONValue?) -> JSONValue {
        var content = [JSONMember("code", .integer(Int64(error.code))), JSONMember("message", .string(error.message))]
        if let data = error.data { content.append(JSONMember("data", data)) }
        var members = [JSONMember("jsonrpc", "2.0")]
        if let id { members.append(JSONMember("id", id)) }
        return .object(members + [JSONMember("error", .object(content))])
    }

    /// A request.
    static func request(_ id: Int64, _ method: String, _ parameters: JSONValue) -> JSONValue {
        .object([
            JSONMember("jsonrpc", "2.0"), JSONMember("id", .integer(id)), JSONMember("method", .string(method)),
            JSONMember("params", parameters),
        ])
    }

    /// A notification.
    static func notification(_ method: String, _ parameters: JSONValue = .object([])) -> JSONValue {
        .object([
            JSONMember("jsonrpc", "2.0"), JSONMember("method", .string(method)), JSONMember("params", parameters),
        ])
    }
}
