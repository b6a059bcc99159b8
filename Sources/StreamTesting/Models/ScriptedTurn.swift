public import ChatModels
public import HTTPServer
import JSON
public import StreamCore

/// What a scripted model does when it is asked once.
public struct ScriptedTurn: Sendable {
    enum Action: Sendable {
        case reply(ChatReply)
        case response(HTTPResponse)
        case silence
    }

    let action: Action
    private(set) var delay = Duration.zero
    private(set) var pause = Duration.zero
    private(set) var fragment = 4
    private(set) var cut: Int?

    /// Answers with text.
    ///
    /// - Parameters:
    ///   - text: what it says.
    ///   - usage: what it cost; nil means a token for every four bytes of request and answer.
    ///   - finish: why the answer ends.
    /// - Returns: the turn.
    public static func answer(
        _ text: String, usage: TokenUsage? = nil, finish: FinishReason = .stop
    ) -> ScriptedTurn {
        ScriptedTurn(action: .reply(ChatReply(.assistant(text), finishReason: finish, usage: usage)))
    }

    /// Wants tools called.
    ///
    /// - Parameters:
    ///   - calls: the calls, in order.
    ///   - text: what it says beside them.
    ///   - usage: what it cost; nil means a token for every four bytes of request and answer.
    /// - Returns: the turn.
    public static func toolCalls(
        _ calls: [ToolCall], text: String = "", usage: TokenUsage? = nil
    ) -> ScriptedTurn {
        ScriptedTurn(
            action: .reply(ChatReply(.assistant(text, toolCalls: calls), finishReason: .toolCalls, usage: usage)))
    }

    /// Refuses with a status, as the OpenAI interface words it.
    ///
    /// - Parameters:
    ///   - status: for example 429 or 500.
    ///   - code: the provider's word, for example `context_length_exceeded`.
    ///   - message: what it says.
    ///   - retryAfter: the header `Retry-After`: seconds, or a date.
    /// - Returns: the turn.
    public static func failure(
        _ status: Int, code: String = "", message: String = "scripted", retryAfter: String? = nil
    ) -> ScriptedTurn {
        let json = ScriptedAnswer.error(code: code, message: message)
        var response = HTTPResponse.text(json.text, type: "application/json", status: status)
        if let retryAfter { response.headers.append(HTTPField("Retry-After", retryAfter)) }
        return ScriptedTurn(action: .response(response))
    }

    /// Answers with these bytes, whatever they are.
    public static func raw(_ bytes: Bytes, type: String = "application/json", status: Int = 200) -> ScriptedTurn {
        ScriptedTurn(
            action: .response(
                HTTPResponse(status: status, headers: [HTTPField("Content-Type", type)], body: .bytes(bytes))))
    }

    /// Answers with what `response` says.
    public static func response(_ response: HTTPResponse) -> ScriptedTurn {
        ScriptedTurn(action: .response(response))
    }

    /// Never answers.
    public static let silence = ScriptedTurn(action: .silence)

    /// The same after a while.
    public func delayed(by delay: Duration) -> ScriptedTurn {
        var turn = self
        turn.delay = delay
        return turn
    }

    /// The same, but the connection breaks after so many bytes of the answer's body.
    public func cut(after bytes: Int) -> ScriptedTurn {
        var turn = self
        turn.cut = bytes
        return turn
    }

    /// The same; an answer in parts has so many characters in each, with a pause between them.
    public func inFragments(of characters: Int, pause: Duration = .zero) -> ScriptedTurn {
        var turn = self
        turn.fragment = max(1, characters)
        turn.pause = pause
        return turn
    }
}
