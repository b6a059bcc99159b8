import ChatModels
import JSON
import StreamTesting
import Testing

@testable import SentimentPipeline

@Suite("SentimentModel", .timeLimit(.minutes(15)))
struct SentimentModelTests {
    private func ask(_ server: ScriptedModelServer, _ text: String = "nice") async throws -> Assessment {
        try await SentimentModel(server.model("tiny")).assess(text, idempotencyKey: "k")
    }

    @Test(arguments: [
        (#"{"sentiment":"negative","score":-1}"#, Assessment(sentiment: .negative, score: -1)),
        (#"{"score":0,"sentiment":"neutral"}"#, Assessment(sentiment: .neutral, score: 0)),
        (#"{"sentiment":"positive","score":1.0}"#, Assessment(sentiment: .positive, score: 1)),
        ("```JSON\n{\"sentiment\":\"neutral\",\"score\":0.1}\n```", Assessment(sentiment: .neutral, score: 0.1)),
    ])
    func `what was asked for is believed`(_ content: String, _ expected: Assessment) async throws {
        let server = try ScriptedModelServer { _ in .answer(content) }
        #expect(try await ask(server) == expected)
        #expect(server.count == 1)
    }

    @Test(arguments: [
        "", "{}", "null", "[]", #""positive""#, #"{"sentiment":"positive"}"#, #"{"score":1}"#,
        #"{"sentiment":"Positive","score":1}"#, #"{"sentiment":"positive","score":1.01}"#,
        #"{"sentiment":"positive","score":1e999}"#, #"{"sentiment":"positive","score":NaN}"#,
        #"{"sentiment":"positive","score":true}"#, #"{"sentiment":"positive","score":null}"#,
        #"{"sentiment":"positive","score":-0.1}"#, #"{"sentiment":"negative","score":0.1}"#,
        #"{"sentiment":["positive"],"score":1}"#, #"{"sentiment":"positive","score":1,"extra":null}"#,
        #"{"sentiment":"positive","score":1} and more"#, #"Sure! {"sentiment":"positive","score":1}"#, "```",
        "``````", "```json\n```", "```json\n{\"sentiment\":\"positive\",\"score\":1}",
        String(repeating: "[", count: 100_000),
    ])
    func `nothing else is believed`(_ content: String) async throws {
        let server = try ScriptedModelServer { _ in .answer(content) }
        let error = await #expect(throws: ChatModelError.self) { try await ask(server) }
        #expect(error?.code == .invalidOutput)
        #expect(server.count == 3)
    }

    @Test func `the request carries model, text, temperature, schema and key`() async throws {
        let server = try ScriptedModelServer { _ in .answer(#"{"sentiment":"neutral","score":0}"#) }
        let text = "Sagt \"ja\"\nund \\ 😀 \u{0} ist gut"
        _ = try await ask(server, text)
        let request = try #require(server.requests.first)
        #expect(request.body["model"] == "tiny")
        #expect(request.body["temperature"]?.text == "0.0")
        #expect(request.body["response_format"]?["type"] == "json_schema")
        #expect(request.lastText == text)
        #expect(request.idempotencyKey == "k")
    }

    @Test func `of a huge text only the beginning is sent`() async throws {
        let server = try ScriptedModelServer { _ in .answer(#"{"sentiment":"neutral","score":0}"#) }
        _ = try await ask(server, String(repeating: "é", count: 2_500_000))
        #expect(server.requests.first.map { $0.lastText.utf8.count == 16_000 } == true)
    }
}
