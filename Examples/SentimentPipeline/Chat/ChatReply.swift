import Foundation
import StreamCore

/// What a server answered, and what can be believed of it.
struct ChatReply: Sendable {
    /// The HTTP status.
    let status: Int
    /// The header `Retry-After`.
    let retryAfter: String?
    /// The header `Location`.
    let location: String?
    /// The body.
    let body: Data

    /// Whether the server refused the request because of its `response_format`.
    var blamesFormat: Bool {
        (status == 400 || status == 422)
            && ReplyFormat.isBlamed(in: String(decoding: body.prefix(10_000), as: UTF8.self))
    }

    /// The assessment in the answer.
    ///
    /// - Throws: ``ChatFailure`` for any HTTP status but 200, and for an answer that is not exactly what was asked for.
    func assessment(now: Timestamp, key: Secret?) throws(ChatFailure) -> Assessment {
        guard status == 200 else { throw failure(now: now, key: key) }
        guard let completion = try? JSONDecoder().decode(Completion.self, from: body) else {
            throw ChatFailure(.malformedReply, "the server's answer is no chat completion: \(excerpt(key))")
        }
        guard let content = completion.choices.first?.message.content else {
            throw ChatFailure(.malformedReply, "the server's answer holds no text: \(excerpt(key))")
        }
        guard let assessment = Self.assessment(in: content) else {
            let shown = Self.shown(key?.redact(content) ?? content)
            throw ChatFailure(
                .malformedReply, "the model's answer is not {\"sentiment\": …, \"score\": -1…1} but '\(shown)'")
        }
        return assessment
    }

    /// The assessment that `content` consists of, or nil when it is anything else.
    ///
    /// Believed is one JSON object with exactly the two fields, the score within -1 and 1 and not against the sentiment; white space
    /// and one code fence around it are tolerated.
    static func assessment(in content: String) -> Assessment? {
        guard let wire = try? JSONDecoder().decode(WireAssessment.self, from: Data(unfenced(content).utf8)),
            let sentiment = Sentiment(rawValue: wire.sentiment), abs(wire.score) <= 1
        else { return nil }
        switch sentiment {
        case .positive where wire.score < 0, .negative where wire.score > 0: return nil
        default: return Assessment(sentiment: sentiment, score: wire.score)
        }
    }

    /// `content` without a Markdown code fence around all of it.
    private static func unfenced(_ content: String) -> String {
        let text = content.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.utf8.count >= 6, let line = text.firstIndex(of: "\n"),
            line < text.index(text.endIndex, offsetBy: -3)
        else { return text }
        return String(text[text.index(after: line)..<text.index(text.endIndex, offsetBy: -3)])
    }

    private func failure(now: Timestamp, key: Secret?) -> ChatFailure {
        let wait = RetryAfter.wait(retryAfter, now: now)
        let said = "HTTP \(status): \(excerpt(key))"
        switch status {
        case 429 where String(decoding: body.prefix(10_000), as: UTF8.self).contains("insufficient_quota"):
            return ChatFailure(.quotaExhausted, "the account behind OPENAI_API_KEY has no credit left; \(said)")
        case 429:
            return ChatFailure(
                .rateLimited, "too many requests; lower OPENAI_REQUESTS_PER_MINUTE; \(said)", retryAfter: wait)
        case 408, 409, 425, 500...599:
            return ChatFailure(.unavailable, "the server cannot answer now; \(said)", retryAfter: wait)
        case 401, 403:
            return ChatFailure(
                .unauthorized, "the server refuses OPENAI_API_KEY\(key == nil ? " (not set)" : ""); \(said)")
        case 404:
            return ChatFailure(.notFound, "no such model or path; check OPENAI_MODEL and OPENAI_BASE_URL; \(said)")
        case 300...399:
            let target = Self.shown(location ?? "nowhere")
            return ChatFailure(
                .redirected,
                "the server redirects to '\(target)', which is not followed lest the key go astray; set OPENAI_BASE_URL"
            )
        default: return ChatFailure(.refused, "the server refuses the request; \(said)")
        }
    }

    /// The beginning of the body, fit for a log.
    private func excerpt(_ key: Secret?) -> String {
        guard !body.isEmpty else { return "(empty)" }
        let text = String(decoding: body.prefix(10_000), as: UTF8.self)
        return "'\(Self.shown(key?.redact(text) ?? text))'"
    }

    /// At most 200 characters of `text`, on one line.
    private static func shown(_ text: String) -> String {
        let line = text.prefix(200).map {
            $0.isNewline || $0.unicodeScalars.allSatisfy { $0.value < 32 } ? " " : String($0)
        }.joined()
        return line.count < text.count ? line + "…" : line
    }
}

/// The part of a chat completion that matters here.
private struct Completion: Decodable {
    struct Choice: Decodable { let message: Message }
    struct Message: Decodable { let content: String? }
    let choices: [Choice]
}

/// The two fields a model was asked for; a third makes the whole unbelievable.
private struct WireAssessment: Decodable {
    let sentiment: String
    let score: Double

    private struct Field: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        guard fields.allKeys.count == 2 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "more fields than asked for"))
        }
        sentiment = try fields.decode(String.self, forKey: Field("sentiment"))
        score = try fields.decode(Double.self, forKey: Field("score"))
    }
}
