import JSON
import StreamCore

/// Reads answers that are no success.
enum OpenAIFailure {
    static func read(_ head: HTTPHead, _ body: [UInt8], now: Timestamp) -> ChatModelError {
        let json = try? JSONValue(parsing: Bytes(body))
        let (words, code) = message(json)
        let text = words ?? Bytes(body).utf8.map { String($0.prefix(500)) } ?? ""
        let wait = RetryAfter.parse(
            head.headers["retry-after"], milliseconds: head.headers["retry-after-ms"], now: now)
        return ChatModelError(
            kind(head.status, code, text), text.isEmpty ? "no reason given" : text, status: head.status,
            retryAfter: wait)
    }

    /// The error within an answer that began as a success.
    static func read(_ error: JSONValue) -> ChatModelError {
        let (words, code) = message(.object([JSONMember("error", error)]))
        let status = error["code"]?.integerValue.flatMap { Int(exactly: $0) }
        return ChatModelError(kind(status ?? 500, code, words ?? ""), words ?? error.text, status: status)
    }

    /// What it says and the provider's word for it; compatible servers put either in several places.
    private static func message(_ json: JSONValue?) -> (String?, String) {
        let error = json?["error"]
        let words =
            error?["message"]?.stringValue ?? error?.stringValue ?? json?["message"]?.stringValue
            ?? json?["detail"]?.stringValue
        let code = error?["code"]?.stringValue ?? error?["type"]?.stringValue ?? json?["code"]?.stringValue ?? ""
        return (words.map { String($0.prefix(1_000)) }, code)
    }

    private static func kind(_ status: Int, _ code: String, _ message: String) -> ChatModelError.Code {
        switch code {
        case "context_length_exceeded": return .contextLength
        case "content_filter", "content_policy_violation": return .contentFilter
        case "insufficient_quota", "billing_hard_limit_reached": return .quotaExceeded
        case "rate_limit_exceeded": return .rateLimited
        default: break
        }
        switch status {
        case 400 where isAboutLength(message), 413: return .contextLength
        case 401, 403, 407: return .unauthorized
        case 404: return .notFound
        case 408: return .timedOut
        case 409, 425, 500, 502...504, 506...599: return .overloaded
        case 429: return .rateLimited
        default: return .invalidRequest
        }
    }

    private static func isAboutLength(_ message: String) -> Bool {
        let text = message.lowercased()
        return text.contains("context length") || text.contains("context window") || text.contains("too many tokens")
    }
}
