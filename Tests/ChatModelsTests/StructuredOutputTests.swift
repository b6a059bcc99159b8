import JSON
import StreamCore
import StreamTesting
import Testing

@testable import ChatModels

@Suite("Structured output", .timeLimit(.minutes(15)))
struct StructuredOutputTests {
    private struct Verdict: Codable, Sendable, Equatable {
        let mood: String
        let score: Double
    }

    private let schema = JSONSchema.object([
        "mood": .oneOf(["good", "bad"]), "score": .number(minimum: 0, maximum: 1),
    ])

    private func ask(_ server: ScriptedModelServer, attempts: Int = 3) async throws -> StructuredReply<Verdict> {
        try await server.model().complete(
            as: Verdict.self, schema: schema, named: "verdict",
            ChatRequest([.user("how is it?")], idempotencyKey: "k"), attempts: attempts)
    }

    @Test func `an answer that keeps to its schema is a value`() async throws {
        let server = try ScriptedModelServer(turns: [.answer(#" {"mood":"good","score":0.5} "#)])
        let reply = try await ask(server)
        #expect(reply.value == Verdict(mood: "good", score: 0.5))
        #expect(reply.attempts == 1)
        let format = server.requests.first?.body["response_format"]
        #expect(format?["json_schema"]?["name"] == "verdict")
    }

    @Test func `a violation is told to the model, with another key`() async throws {
        let server = try ScriptedModelServer(turns: [
            .answer(#"{"mood":"ugly","score":2}"#, usage: TokenUsage(input: 1, output: 2)),
            .answer("not JSON", usage: TokenUsage(input: 10, output: 20)),
            .answer(#"{"mood":"bad","score":1}"#, usage: TokenUsage(input: 100, output: 200)),
        ])
        let reply = try await ask(server)
        #expect(reply.value == Verdict(mood: "bad", score: 1))
        #expect(reply.usage == TokenUsage(input: 111, output: 222))
        let asked = server.requests
        #expect(asked.map(\.idempotencyKey) == ["k", "k/again-2", "k/again-3"])
        #expect(asked[1].lastText.contains("/mood: expected one of \"good\", \"bad\", found \"ugly\""))
        #expect(asked[2].lastText.contains("not JSON"))
        #expect(asked[2].conversation.count == 5)
    }

    @Test func `a model that never keeps to it fails, typed and final`() async throws {
        let server = try ScriptedModelServer { _ in .answer("{}") }
        let error = await #expect(throws: ChatModelError.self) { try await ask(server, attempts: 2) }
        #expect(error?.code == .invalidOutput)
        #expect(error?.isRetryable == false)
        #expect(server.count == 2)
        #expect(error?.message.contains("expected a member 'mood'") == true)
    }

    @Test(arguments: [
        "```json\n{\"mood\":\"good\",\"score\":0.5}\n```", "```\n{\"mood\":\"good\",\"score\":0.5}```\n",
    ])
    func `a code fence around an answer is tolerated`(_ text: String) async throws {
        let server = try ScriptedModelServer(turns: [.answer(text)])
        #expect(try await ask(server).value == Verdict(mood: "good", score: 0.5))
    }

    @Test(arguments: [
        (["json_schema"], ["json_schema", "json_object", "json_object"]),
        (["json_schema", "json_object"], ["json_schema", "json_object", "-", "-"]),
    ])
    func `a format that the server does not know is given up for good`(
        _ unknown: [String], _ expected: [String]
    ) async throws {
        let server = try ScriptedModelServer { request in
            let format = request.body["response_format"]?["type"]?.stringValue ?? ""
            return unknown.contains(format)
                ? .failure(400, message: "response_format \(format) is not supported")
                : .answer(#"{"mood":"good","score":0.5}"#)
        }
        let model = server.model()
        let request = ChatRequest([.user("how is it?")])
        let reply = try await model.complete(as: Verdict.self, schema: schema, request)
        #expect(reply.attempts == 1)
        var streamed = request
        streamed.format = .schema(name: "v", schema)
        _ = try await model.complete(streamed) { _ in }
        let formats = server.requests.map { $0.body["response_format"]?["type"]?.stringValue ?? "-" }
        #expect(formats == expected)
        #expect(server.requests.last?.conversation.last?.contains("JSON Schema") == true)
    }

    @Test func `an answer that was cut off is asked for again`() async throws {
        let server = try ScriptedModelServer(turns: [
            .answer(#"{"mood":"good","score":1}"#, finish: .length), .answer(#"{"mood":"good","score":1}"#),
        ])
        #expect(try await ask(server).attempts == 2)
    }
}
