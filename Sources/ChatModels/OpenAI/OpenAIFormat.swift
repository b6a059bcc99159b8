/// How a server is told what an answer's JSON must look like, the strictest way first.
enum OpenAIFormat: Sendable, Hashable {
    /// By a schema that the server enforces.
    case schema
    /// By asking for any object; the conversation says which.
    case object
    /// By the conversation alone.
    case plain

    /// What to try when the server does not know this one.
    var simpler: OpenAIFormat? {
        switch self {
        case .schema: .object
        case .object: .plain
        case .plain: nil
        }
    }

    /// Whether `error` complains about the format.
    func isBlamed(by error: ChatModelError) -> Bool {
        guard error.status == 400 || error.status == 422 else { return false }
        let text = error.message.lowercased()
        return ["response_format", "json_schema", "json_object", "structured output"].contains { text.contains($0) }
    }
}
