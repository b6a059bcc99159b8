public import HTTPServer
public import JSON
import StreamCore

/// What a scripted model was asked.
public struct ScriptedRequest: Sendable {
    /// Which request of this server it is, from 0.
    public let number: Int
    /// The request as it came.
    public let http: HTTPRequest
    /// Its body; null when that is no JSON.
    public let body: JSONValue

    init(_ number: Int, _ http: HTTPRequest) {
        self.number = number
        self.http = http
        body = (try? JSONValue(parsing: http.body)) ?? .null
    }

    /// The key by which a provider knows a repetition; nil when none was sent.
    public var idempotencyKey: String? { http.header("Idempotency-Key") }

    /// Whether the answer is wanted in parts.
    public var isStreamed: Bool { body["stream"] == .bool(true) }

    /// The texts of the conversation's messages, in order, each after its role, as `user: hello`.
    public var conversation: [String] {
        (body["messages"]?.elements ?? []).map { message in
            "\(message["role"]?.stringValue ?? "?"): \(message["content"]?.stringValue ?? "")"
        }
    }

    /// The text of the last message.
    public var lastText: String { body["messages"]?.elements?.last?["content"]?.stringValue ?? "" }
}
