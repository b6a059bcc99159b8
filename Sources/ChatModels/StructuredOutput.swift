import Foundation
public import JSON
import StreamCore

/// A value that a model gave, with what it cost.
public struct StructuredReply<Value: Sendable>: Sendable {
    /// The value, as its schema says.
    public let value: Value
    /// The value as the model wrote it.
    public let json: JSONValue
    /// What all tries cost together.
    public let usage: TokenUsage
    /// How often the model was asked.
    public let attempts: Int
}

extension ChatModel {
    /// Asks for a value instead of text, holds it against its schema, and asks again with what is wrong.
    ///
    /// - Parameters:
    ///   - type: what the value is decoded as.
    ///   - schema: what it must look like.
    ///   - name: the schema's name, for the model.
    ///   - request: the conversation; its format is replaced.
    ///   - attempts: how often the model is asked at most.
    /// - Returns: the value.
    /// - Throws: ``ChatModelError`` with the code `invalidOutput` when no try brought such a value; as ``complete(_:)``.
    public func complete<Value: Decodable & Sendable>(
        as type: Value.Type, schema: JSONSchema, named name: String = "answer", _ request: ChatRequest,
        attempts: Int = 3
    ) async throws -> StructuredReply<Value> {
        var request = request
        request.format = .schema(name: name, schema)
        let key = request.idempotencyKey
        var usage = TokenUsage()
        var complaint = "the model was not asked"
        for attempt in 1...max(1, attempts) {
            // Another question is another request: the provider must not answer it with what it said before.
            request.idempotencyKey = key.map { attempt == 1 ? $0 : "\($0)/again-\(attempt)" }
            let reply = try await complete(request)
            usage = usage + (reply.usage ?? TokenUsage())
            switch StructuredOutput.read(type, schema, reply) {
            case .success(let (value, json)):
                return StructuredReply(value: value, json: json, usage: usage, attempts: attempt)
            case .failure(let mistake): complaint = mistake.words
            }
            request.messages.append(reply.message)
            request.messages.append(
                .user("Your answer is not what was asked for. \(complaint)\nAnswer again, with the JSON only."))
        }
        throw ChatModelError(
            .invalidOutput,
            "no answer in \(attempts) \(attempts == 1 ? "try" : "tries") keeps to '\(name)': \(complaint)")
    }
}

/// Holds an answer's text against a schema.
enum StructuredOutput {
    struct Mistake: Error {
        let words: String
    }

    /// `content` without a Markdown code fence around all of it, which models like to put there.
    static func unfenced(_ content: String) -> String {
        let text = content.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.utf8.count >= 6, let line = text.firstIndex(of: "\n"),
            line < text.index(text.endIndex, offsetBy: -3)
        else { return text }
        return String(text[text.index(after: line)..<text.index(text.endIndex, offsetBy: -3)])
    }

    static func read<Value: Decodable>(
        _ type: Value.Type, _ schema: JSONSchema, _ reply: ChatReply
    ) -> Result<(Value, JSONValue), Mistake> {
        if reply.finishReason == .length { return .failure(Mistake(words: "It was cut off at the limit of tokens.")) }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: unfenced(reply.message.content))
        } catch {
            return .failure(Mistake(words: "It is not JSON: \(error)."))
        }
        let violations = schema.violations(of: json)
        guard violations.isEmpty else {
            return .failure(Mistake(words: violations.map(\.description).joined(separator: "\n")))
        }
        do {
            return .success((try JSONDecoder().decode(type, from: Data(json.text.utf8)), json))
        } catch {
            return .failure(Mistake(words: "It cannot be read: \(error)"))
        }
    }
}
