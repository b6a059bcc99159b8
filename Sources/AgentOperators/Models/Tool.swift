public import ChatModels
import Foundation
import JSON
import StreamCore

/// Something that a model may want done: a Swift closure with a name, a schema of its arguments, and what a crash means for it.
public struct Tool: Sendable {
    typealias Body = @Sendable (JSONValue, ToolContext) async throws -> ToolOutcome

    /// The tool as the model sees it.
    public let declaration: ToolDeclaration
    /// Whether a person must agree to each call.
    public let requiresApproval: Bool
    let policy: StepPolicy<ToolOutcome>
    let retry: RetryPolicy
    let check: @Sendable (JSONValue) -> String?
    let body: Body

    /// A tool.
    ///
    /// - Parameters:
    ///   - name: letters, digits, `_` and `-`; part of idempotency keys.
    ///   - description: what it does and when to use it, for the model.
    ///   - parameters: what its arguments look like: an object.
    ///   - policy: what happens when a crash leaves open whether a call was made.
    ///   - requiresApproval: whether a person must agree to each call; the code sees to it, not the model.
    ///   - retry: how a failed call is tried again before the model is told; not under `atMostOnce`.
    ///   - body: does it. What it throws goes to the model as words; ``AskRetryable`` says whether another try can help.
    public init<Arguments: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String, parameters: JSONSchema, policy: StepPolicy<Output> = .idempotent,
        requiresApproval: Bool = false, retry: RetryPolicy = .never,
        _ body: @escaping @Sendable (Arguments, ToolContext) async throws -> Output
    ) {
        declaration = ToolDeclaration(name, description, parameters: parameters)
        self.requiresApproval = requiresApproval
        switch policy {
        case .pure: self.policy = .pure
        case .idempotent: self.policy = .idempotent
        case .reconcile(let ask):
            self.policy = .reconcile { context in try await ask(context).map { try ToolText.outcome(of: $0) } }
        case .atMostOnce: self.policy = .atMostOnce
        }
        if case .atMostOnce = policy { self.retry = .never } else { self.retry = retry }
        check = { arguments in
            do {
                _ = try ToolText.decode(Arguments.self, arguments)
                return nil
            } catch {
                return "\(error)"
            }
        }
        self.body = { arguments, context in
            try ToolText.outcome(of: try await body(try ToolText.decode(Arguments.self, arguments), context))
        }
    }

    /// A tool whose arguments are JSON: another program's.
    init(
        _ declaration: ToolDeclaration, repeats: Bool, requiresApproval: Bool,
        _ body: @escaping @Sendable (JSONValue) async throws -> ToolOutcome
    ) {
        self.declaration = declaration
        self.requiresApproval = requiresApproval
        policy = repeats ? .idempotent : .atMostOnce
        retry = .never
        check = { _ in nil }
        self.body = { arguments, _ in try await body(arguments) }
    }

    /// Does it, with tries as the policy says; what goes wrong is an outcome, cancellation an error.
    func call(_ arguments: JSONValue, _ step: StepContext, deadline: Timestamp) async throws -> ToolOutcome {
        var attempt = 1
        while true {
            let context = ToolContext(
                idempotencyKey: step.idempotencyKey, isRepeated: step.isRepeated || attempt > 1, attempt: attempt,
                deadline: deadline)
            do {
                return try await body(arguments, context)
            } catch let error as CancellationError {
                throw error
            } catch {
                try Task.checkCancellation()
                let retryable = (error as? any AskRetryable)?.isRetryable
                guard attempt < retry.attempts, retryable != false else {
                    return .failed(ToolText.cut("\(error)"), isRetryable: retryable ?? false)
                }
                let asked = (error as? any AskRetryable)?.retryAfter ?? .zero
                try await Task.sleep(for: max(asked, retry.pause(after: attempt, random: .random(in: 0...1))))
                attempt += 1
            }
        }
    }
}

/// Between a tool's values and the model's text.
enum ToolText {
    /// How many bytes of a result the model is told.
    private static let limit = 100_000

    static func decode<Value: Decodable>(_ type: Value.Type, _ json: JSONValue) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.text.utf8))
    }

    /// Text as it is, everything else as JSON.
    static func outcome(of output: some Encodable) throws -> ToolOutcome {
        if let text = output as? String { return .result(cut(text)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .result(cut(String(decoding: try encoder.encode(output), as: UTF8.self)))
    }

    static func cut(_ text: String) -> String {
        guard text.utf8.count > limit else { return text }
        return "\(String(decoding: text.utf8.prefix(limit), as: UTF8.self))… (\(text.utf8.count) bytes, cut here)"
    }

    /// The same for the same arguments, however they are written: a part of the step's name, so that a key follows from
    /// what is done and not only from where.
    static func digest(_ arguments: JSONValue) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sorted(arguments).text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 36)
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.map { JSONMember($0.name, sorted($0.value)) }.sorted { $0.name < $1.name })
        case .array(let elements): .array(elements.map(sorted))
        default: value
        }
    }
}
