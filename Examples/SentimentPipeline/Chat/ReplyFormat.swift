/// How a server is told what an answer must look like, the strictest way first.
enum ReplyFormat: Sendable, Hashable {
    /// By a JSON schema that the server enforces.
    case schema
    /// By asking for any JSON object; the prompt says which.
    case object
    /// By the prompt alone.
    case plain

    /// What to try when the server does not know this one.
    var simpler: ReplyFormat? {
        switch self {
        case .schema: .object
        case .object: .plain
        case .plain: nil
        }
    }

    /// The value of the request's `response_format`; nil to leave it out.
    var json: String? {
        switch self {
        case .schema:
            """
            {"type":"json_schema","json_schema":{"name":"assessment","strict":true,"schema":{"type":"object",\
            "properties":{"sentiment":{"type":"string","enum":["positive","negative","neutral"]},\
            "score":{"type":"number","description":"from -1 to 1"}},\
            "required":["sentiment","score"],"additionalProperties":false}}}
            """
        case .object: #"{"type":"json_object"}"#
        case .plain: nil
        }
    }

    /// Whether the text of an HTTP 400 or 422 complains about `response_format`.
    static func isBlamed(in reply: String) -> Bool {
        let text = reply.lowercased()
        return ["response_format", "json_schema", "json_object", "structured output"].contains { text.contains($0) }
    }
}
