import Foundation
import HTTPServer
import JSON
import StreamCore
import StreamTesting
import Testing

@testable import ChatModels

@Suite("OpenAIChatModel", .timeLimit(.minutes(15)))
struct OpenAIChatModelTests {
    private let hello = ChatRequest([.system("be brief"), .user("hello")])

    @Test func `an answer comes whole, with usage and reason`() async throws {
        let server = try ScriptedModelServer(turns: [
            .answer("grüße 😀", usage: TokenUsage(input: 10, cachedInput: 4, output: 3), finish: .length)
        ])
        var request = hello
        request.temperature = 0
        request.maxTokens = 3
        request.seed = 7
        request.stop = ["END"]
        request.idempotencyKey = "app/1/score"
        request.extra = [JSONMember("user", "u1")]
        let reply = try await server.model("m-1").complete(request)
        #expect(reply.message == .assistant("grüße 😀"))
        #expect(reply.finishReason == .length)
        #expect(reply.usage == TokenUsage(input: 10, cachedInput: 4, output: 3))
        #expect(reply.model == "m-1")
        let asked = try #require(server.requests.first)
        #expect(asked.conversation == ["system: be brief", "user: hello"])
        #expect(asked.idempotencyKey == "app/1/score")
        #expect(asked.body["max_tokens"] == 3)
        #expect(asked.body["seed"] == 7)
        #expect(asked.body["stop"] == ["END"])
        #expect(asked.body["user"] == "u1")
        #expect(asked.body["tools"] == nil)
    }

    @Test func `parts are deltas: together they are the whole, each once`() async throws {
        let text = "The quick brown 🦊 jumps over grüße."
        let calls = [
            ToolCall(id: "c1", name: "charge", arguments: #"{"amount":3}"#),
            ToolCall(id: "c2", name: "notify", arguments: #"{"to":"ä"}"#),
        ]
        let server = try ScriptedModelServer { request in
            .toolCalls(calls, text: text).inFragments(of: 1 + request.number)
        }
        let model = server.model()
        for _ in 0..<4 {
            var pieces = ""
            var assembler = ChatReplyAssembler()
            for try await delta in model.stream(hello) {
                if case .text(let more) = delta { pieces += more }
                assembler.add(delta)
            }
            #expect(pieces == text)
            #expect(assembler.reply.message == .assistant(text, toolCalls: calls))
            #expect(assembler.reply.finishReason == .toolCalls)
            #expect(assembler.reply.usage != nil)
        }
        #expect(server.requests.first?.body["stream_options"]?["include_usage"] == true)
        let whole = try await model.complete(hello)
        #expect(whole.message == .assistant(text, toolCalls: calls))
    }

    @Test func `tools, calls and their results are sent as the interface wants them`() async throws {
        let server = try ScriptedModelServer(turns: [.answer("ok")])
        let call = ToolCall(id: "c1", name: "charge", arguments: "{}")
        var request = ChatRequest(
            [.user("pay", images: ["data:x"]), .assistant("", toolCalls: [call]), .tool("done", for: "c1")],
            tools: [ToolDeclaration("charge", "charges", parameters: .object(["amount": .number()]))],
            toolChoice: .named("charge"))
        request.format = .schema(name: "out", .object(["a": .string()]))
        _ = try await server.model().complete(request)
        let body = try #require(server.requests.first?.body)
        let messages = try #require(body["messages"]?.elements)
        #expect(messages[0]["content"]?.elements?.last?["image_url"]?["url"] == "data:x")
        #expect(messages[1]["content"] == .null)
        #expect(messages[1]["tool_calls"]?.elements?.first?["function"]?["name"] == "charge")
        #expect(messages[2]["tool_call_id"] == "c1")
        #expect(body["tools"]?.elements?.first?["function"]?["parameters"]?["required"] == ["amount"])
        #expect(body["tool_choice"]?["function"]?["name"] == "charge")
        #expect(body["response_format"]?["json_schema"]?["strict"] == true)
    }

    @Test(
        arguments: [
            (400, "", "bad", ChatModelError.Code.invalidRequest, false),
            (400, "context_length_exceeded", "long", .contextLength, false),
            (400, "", "This model's maximum context length is 8192 tokens", .contextLength, false),
            (400, "content_filter", "no", .contentFilter, false), (401, "", "key", .unauthorized, false),
            (403, "", "key", .unauthorized, false), (404, "", "none", .notFound, false),
            (408, "", "slow", .timedOut, true), (429, "", "fast", .rateLimited, true),
            (429, "insufficient_quota", "empty", .quotaExceeded, false), (500, "", "oops", .overloaded, true),
            (503, "", "busy", .overloaded, true),
        ])
    func `refusals are typed, whole and streamed`(
        _ status: Int, _ code: String, _ message: String, _ expected: ChatModelError.Code, _ isRetryable: Bool
    ) async throws {
        let server = try ScriptedModelServer { _ in
            .failure(status, code: code, message: message, retryAfter: status == 429 ? "2" : nil)
        }
        let model = server.model()
        let whole = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
        let parts = await #expect(throws: ChatModelError.self) { try await model.complete(hello) { _ in } }
        for error in [whole, parts] {
            #expect(error?.code == expected)
            #expect(error?.isRetryable == isRetryable)
            #expect(error?.status == status)
            #expect(error?.message == message)
            #expect(error?.retryAfter == (status == 429 ? .seconds(2) : nil))
        }
    }

    @Test func `a redirect is not followed: the key would go elsewhere`() async throws {
        let server = try ScriptedModelServer(turns: [
            .response(HTTPResponse(status: 302, headers: [HTTPField("Location", "http://127.0.0.1:1/v1")]))
        ])
        let error = await #expect(throws: ChatModelError.self) { try await server.model().complete(hello) }
        #expect(error?.status == 302)
        #expect(error?.isRetryable == false)
        #expect(server.count == 1)
    }

    @Test func `a key is sent and never shown`() async throws {
        let key = APIKey("sk-secret-123")
        let server = try ScriptedModelServer { _ in .failure(401, message: "Incorrect API key: sk-secret-123.") }
        let endpoint = server.endpoint(key: key)
        let error = await #expect(throws: ChatModelError.self) {
            try await OpenAIChatModel("m", at: endpoint).complete(hello)
        }
        #expect(server.requests.first?.http.header("authorization") == "Bearer sk-secret-123")
        #expect(error?.message == "Incorrect API key: •••.")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains("secret"))
    }

    @Test func `keys are made fit for headers, and none smuggles another`() async throws {
        let server = try ScriptedModelServer { _ in .answer("ok") }
        var request = hello
        request.idempotencyKey = "app/step/in-3-17\r\nX-Evil: é%"
        _ = try await server.model().complete(request)
        let asked = try #require(server.requests.first?.http)
        #expect(asked.header("idempotency-key") == "app/step/in-3-17%0D%0AX-Evil:%20%C3%A9%25")
        #expect(asked.header("x-evil") == nil)
        for secret in ["", "sk 1", "sk-1\r\nX: y", "schlüssel"] {
            let model = OpenAIChatModel("m", at: server.endpoint(key: APIKey(secret)))
            let error = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
            #expect(error?.code == .unauthorized)
        }
        #expect(server.count == 1)
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://host/v1", "v1", "http://"])
    func `an address that is none is named`(_ address: String) async throws {
        let endpoint = OpenAIEndpoint(try #require(URL(string: address)), key: nil)
        let error = await #expect(throws: ChatModelError.self) {
            try await OpenAIChatModel("m", at: endpoint).complete(hello)
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        let server = try ScriptedModelServer { _ in .answer("ok") }
        let model = server.model()
        let call = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await model.complete(hello)
        }
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(server.count == 0)
    }

    @Test func `a connection that cannot be made is named`() async throws {
        let server = try ScriptedModelServer(turns: [])
        let model = server.model()
        server.stop()
        let error = await #expect(throws: ChatModelError.self) { try await model.complete(hello) }
        #expect(error?.code == .unreachable)
    }

    @Test func `embeddings come in the order of the texts, in batches`() async throws {
        let server = try ScriptedModelServer(embedding: { [Float($0.count), 1] }, script: { _ in .silence })
        let embeddings = OpenAIEmbeddings("e", at: server.endpoint(), dimension: 2, isShortened: true, batch: 3)
        let texts = (0..<8).map { String(repeating: "x", count: $0) }
        #expect(try await embeddings.embed(texts) == texts.map { [Float(max(1, $0.count)), 1] })
        #expect(server.count == 3)
        #expect(server.requests.first?.body["dimensions"] == 2)
        #expect(try await embeddings.embed([]) == [])
    }

    @Test func `vectors that are missing or of several lengths are refused`() async throws {
        let server = try ScriptedModelServer(
            embedding: { [Float](repeating: 1, count: $0.count) }, script: { _ in .silence })
        let embeddings = OpenAIEmbeddings("e", at: server.endpoint(), dimension: 1)
        let error = await #expect(throws: ChatModelError.self) { try await embeddings.embed(["a", "bb"]) }
        #expect(error?.code == .malformed)
        await #expect(throws: ChatModelError.self) { try await embeddings.embed(["ccc"]) }
    }
}
