import ChatModels
import HTTPServer
import JSON
import StreamCore
import Synchronization

/// Answers for a ``ScriptedModelServer``.
final class ScriptedDesk: Sendable {
    struct State {
        var count = 0
        var requests: [ScriptedRequest] = []
        var open = 0
        var most = 0
        var writing = 0
    }

    let state = Mutex(State())
    private let script: ScriptedModelServer.Script
    private let embedding: @Sendable (String) -> [Float]
    private let kept: Int

    init(
        _ script: @escaping ScriptedModelServer.Script, _ embedding: @escaping @Sendable (String) -> [Float], kept: Int
    ) {
        self.script = script
        self.embedding = embedding
        self.kept = max(1, kept)
    }

    func answer(_ http: HTTPRequest) async -> HTTPResponse {
        let request = state.withLock { state in
            let request = ScriptedRequest(state.count, http)
            state.count += 1
            state.requests.append(request)
            if state.requests.count > kept { state.requests.removeFirst() }
            state.open += 1
            state.most = max(state.most, state.open)
            return request
        }
        defer { state.withLock { $0.open -= 1 } }
        switch (http.method, http.path) {
        case ("POST", "/v1/chat/completions"): return await perform(script(request), request)
        case ("POST", "/v1/embeddings"): return embeddings(request)
        default: return json(ScriptedAnswer.error(code: "", message: "no such address"), status: 404)
        }
    }

    private func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        .text(value.text, type: "application/json", status: status)
    }

    private func perform(_ turn: ScriptedTurn, _ request: ScriptedRequest) async -> HTTPResponse {
        if turn.delay > .zero { try? await Task.sleep(for: turn.delay) }
        switch turn.action {
        case .silence:
            // Until the client is gone or the server stops.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            return .cut
        case .response(let response):
            guard let cut = turn.cut, case .bytes(let bytes) = response.body else { return response }
            return streamed([bytes], turn, cut: cut, response.headers, status: response.status)
        case .reply(var reply):
            let model = request.body["model"]?.stringValue ?? ""
            let id = "scripted-\(request.number)"
            let written =
                reply.message.content.utf8.count + reply.message.toolCalls.reduce(0) { $0 + $1.arguments.utf8.count }
            reply.usage = reply.usage ?? TokenUsage(input: request.http.body.count / 4, output: written / 4 + 1)
            guard request.isStreamed else {
                let whole = json(ScriptedAnswer.whole(reply, model: model, id: id))
                guard let cut = turn.cut, case .bytes(let bytes) = whole.body else { return whole }
                return streamed([bytes], turn, cut: cut, whole.headers)
            }
            let events = ScriptedAnswer.events(reply, model: model, id: id, fragment: turn.fragment)
            return streamed(
                events.map { Bytes($0) }, turn, cut: turn.cut, [HTTPField("Content-Type", "text/event-stream")])
        }
    }

    private struct Cut: Error {}

    private func streamed(
        _ pieces: [Bytes], _ turn: ScriptedTurn, cut: Int?, _ headers: [HTTPField], status: Int = 200
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers,
            body: .stream { [self] writer in
                state.withLock { $0.writing += 1 }
                defer { state.withLock { $0.writing -= 1 } }
                var left = cut ?? .max
                for piece in pieces {
                    try await writer.write(piece[0..<min(piece.count, left)])
                    left -= min(piece.count, left)
                    if left == 0 { throw Cut() }
                    if turn.pause > .zero { try await Task.sleep(for: turn.pause) }
                }
                // Fewer bytes than were to be let through: the connection breaks all the same.
                if cut != nil { throw Cut() }
            })
    }

    private func embeddings(_ request: ScriptedRequest) -> HTTPResponse {
        let input = request.body["input"]
        let texts = input?.elements?.compactMap(\.stringValue) ?? input?.stringValue.map { [$0] } ?? []
        let data = texts.enumerated().map { index, text -> JSONValue in
            [
                "object": "embedding", "index": .integer(Int64(index)),
                "embedding": .array(embedding(text).map { .double(Double($0)) }),
            ]
        }
        let tokens = JSONValue.integer(Int64(texts.reduce(0) { $0 + $1.utf8.count / 4 + 1 }))
        return json([
            "object": "list", "data": .array(data), "model": request.body["model"] ?? .null,
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
        ])
    }
}
