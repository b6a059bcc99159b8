import Foundation
import Testing

@testable import SentimentPipeline

@Suite(.enabled(if: ScriptedServer.isAvailable, "python3 is not installed"), .timeLimit(.minutes(15)))
struct ChatSentimentClientTests {
    private let expected = Assessment(sentiment: .positive, score: 0.8)

    private func failure(_ server: ScriptedServer, _ scenario: String, key: String? = nil) async throws -> ChatFailure {
        let client = try server.client(scenario, key: key)
        return try await #require(throws: ChatFailure.self) { try await client.assess("nice", idempotencyKey: "k") }
    }

    @Test func `an answer with or without a fence or space around it is believed`() async throws {
        try await ScriptedServer.run { server in
            for scenario in ["good", "fenced", "bare-fence", "padded"] {
                let assessment = try await server.client(scenario).assess("nice", idempotencyKey: "k")
                #expect(assessment == expected, "\(scenario)")
            }
        }
    }

    @Test func `any other answer is malformed and worth another try`() async throws {
        let scenarios = [
            "garbage", "empty", "extra", "far", "against", "text-score", "other-word", "array", "two", "null",
            "no-completion",
            "html", "no-choices", "no-body", "binary",
        ]
        try await ScriptedServer.run { server in
            for scenario in scenarios {
                let failure = try await failure(server, scenario)
                #expect(failure.code == .malformedReply, "\(scenario): \(failure)")
                #expect(failure.isRetryable)
                #expect(!failure.message.contains("\n") && !failure.message.contains("\0"))
            }
        }
    }

    /// How the client must take one kind of refusal.
    struct Refusal: Sendable {
        let scenario: String
        let code: ChatFailure.Code
        let isRetryable: Bool
        let wait: Duration?

        init(_ scenario: String, _ code: ChatFailure.Code, retry: Bool, wait: Duration? = nil) {
            self.scenario = scenario
            self.code = code
            isRetryable = retry
            self.wait = wait
        }
    }

    @Test(arguments: [
        Refusal("busy", .rateLimited, retry: true, wait: .seconds(7)), Refusal("busy-mute", .rateLimited, retry: true),
        Refusal("busy-date", .rateLimited, retry: true, wait: .seconds(30)),
        Refusal("no-credit", .quotaExhausted, retry: false),
        Refusal("resting", .unavailable, retry: true, wait: .seconds(2)), Refusal("broken", .unavailable, retry: true),
        Refusal("refused", .refused, retry: false), Refusal("missing", .notFound, retry: false),
        Refusal("forbidden", .unauthorized, retry: false), Refusal("redirect", .redirected, retry: false),
        Refusal("empty-redirect", .redirected, retry: false), Refusal("hangup", .unreachable, retry: true),
        Refusal("cut", .unreachable, retry: true), Refusal("never-format", .refused, retry: false),
    ])
    func `every kind of refusal has its code, its reaction and the wait that was asked for`(refusal: Refusal)
        async throws
    {
        try await ScriptedServer.run { server in
            let failure = try await failure(server, refusal.scenario)
            #expect(failure.code == refusal.code, "\(failure)")
            #expect(failure.isRetryable == refusal.isRetryable)
            #expect(failure.retryAfter == refusal.wait)
        }
    }

    @Test func `bytes that are no HTTP are an unreachable server or a malformed reply`() async throws {
        try await ScriptedServer.run { server in
            let failure = try await failure(server, "nonsense")
            #expect([.unreachable, .malformedReply].contains(failure.code), "\(failure)")
            #expect(failure.isRetryable)
        }
    }

    @Test func `a server that is not there is unreachable`() async throws {
        let settings = try ChatSettings(baseURL: "http://127.0.0.1:1/v1", model: "tiny")
        let client = ChatSentimentClient(settings: settings)
        let failure = try await #require(throws: ChatFailure.self) {
            try await client.assess("nice", idempotencyKey: "k")
        }
        #expect(failure.code == .unreachable)
        #expect(failure.isRetryable)
        #expect(failure.message.contains("127.0.0.1:1"))
    }

    @Test func `the request carries model, text, temperature, schema, key and idempotency key`() async throws {
        try await ScriptedServer.run { server in
            let text = "Sagt \"ja\"\nund \\ 😀 \u{0} ist gut"
            _ = try await server.client("good", key: "sk-1").assess(
                text, idempotencyKey: "app/step/reviews-3-17\r\nX-Evil: é%")
            let request = try #require(try await server.log().seen.first)
            #expect(request.path == "/good/v1/chat/completions")
            #expect(request.headers["authorization"] == "Bearer sk-1")
            #expect(request.headers["idempotency-key"] == "app/step/reviews-3-17%0D%0AX-Evil:%20%C3%A9%25")
            #expect(request.headers["x-evil"] == nil)
            #expect(request.headers["content-type"] == "application/json")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
            #expect(object["model"] as? String == "tiny")
            #expect(object["temperature"] as? Double == 0)
            #expect((object["response_format"] as? [String: Any])?["type"] as? String == "json_schema")
            let messages = try #require(object["messages"] as? [[String: String]])
            #expect(messages.map { $0["role"] } == ["system", "user"])
            #expect(messages.last?["content"] == text)
        }
    }

    @Test func `no key and no idempotency key mean no such headers`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.client("good").assess("nice", idempotencyKey: "")
            let request = try #require(try await server.log().seen.first)
            #expect(request.headers["authorization"] == nil)
            #expect(request.headers["idempotency-key"] == nil)
        }
    }

    @Test(arguments: [
        ("no-schema", ["json_schema", "json_object", "json_object"]),
        ("no-format", ["json_schema", "json_object", "", ""]),
    ])
    func `a response format that the server refuses is given up for good`(scenario: String, formats: [String])
        async throws
    {
        try await ScriptedServer.run { server in
            let client = try server.client(scenario)
            #expect(try await client.assess("nice", idempotencyKey: "a") == expected)
            #expect(try await client.assess("fine", idempotencyKey: "b") == expected)
            let bodies = try await server.log().seen.map(\.body)
            let sent = bodies.map { body in
                ["json_schema", "json_object"].first { body.contains(#""type":"\#($0)""#) } ?? ""
            }
            #expect(sent == formats)
        }
    }

    @Test func `the key shows up in no message, whatever the server repeats`() async throws {
        try await ScriptedServer.run { server in
            let refused = try await failure(server, "echo-key", key: "sk-very-secret")
            #expect(refused.code == .unauthorized)
            #expect(!refused.isRetryable)
            #expect(refused.message.contains("Incorrect API key provided: Bearer <hidden>"))
            let told = try await failure(server, "says-key", key: "sk-very-secret")
            for text in ["\(refused)", "\(told)", String(reflecting: refused), String(reflecting: told)] {
                #expect(!text.contains("sk-very-secret"))
            }
        }
    }

    @Test func `a redirect is not followed, so the key goes nowhere else`() async throws {
        try await ScriptedServer.run { server in
            let failure = try await failure(server, "redirect", key: "sk-1")
            #expect(failure.message.contains("localhost"))
            #expect(try await server.log().seen.map(\.path) == ["/redirect/v1/chat/completions"])
        }
    }

    @Test(arguments: ["slow", "drip"])
    func `an answer that takes too long is given up and its connection closed`(scenario: String) async throws {
        try await ScriptedServer.run { server in
            let client = try server.client(scenario, timeLimit: .milliseconds(300))
            let start = ContinuousClock.now
            let failure = try await #require(throws: ChatFailure.self) {
                try await client.assess("nice", idempotencyKey: "k")
            }
            #expect(failure.code == .timedOut)
            #expect(failure.isRetryable)
            #expect(ContinuousClock.now - start < .seconds(250), "the server would have taken 300 s")
            #expect(try await sawClose(server))
        }
    }

    @Test func `cancelling the task ends the request`() async throws {
        try await ScriptedServer.run { server in
            let client = try server.client("slow")
            let asking = Task { try await client.assess("nice", idempotencyKey: "k") }
            while try await server.log().seen.isEmpty { await Task.yield() }
            asking.cancel()
            await #expect(throws: CancellationError.self) { try await asking.value }
            #expect(try await sawClose(server))
        }
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        try await ScriptedServer.run { server in
            let client = try server.client("good")
            let asking = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await client.assess("nice", idempotencyKey: "k")
            }
            await #expect(throws: CancellationError.self) { try await asking.value }
            #expect(try await server.log().seen.isEmpty)
        }
    }

    @Test func `requests keep to the limit, the second try of a format included`() async throws {
        try await ScriptedServer.run { server in
            let clock = EagerClock()
            let client = try server.client("no-schema", limiter: RateLimiter(perMinute: 6, burst: 1, clock: clock))
            _ = try await client.assess("nice", idempotencyKey: "k")
            #expect(clock.now.elapsed == .seconds(10))
        }
    }

    @Test func `many callers share one client`() async throws {
        try await ScriptedServer.run { server in
            let client = try server.client("good")
            let answers = try await withThrowingTaskGroup(of: Assessment.self) { group in
                for index in 0..<200 {
                    group.addTask { try await client.assess("nice \(index)", idempotencyKey: "\(index)") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: expected, count: 200))
            let keys = try await server.log().seen.compactMap { $0.headers["idempotency-key"] }
            #expect(Set(keys).count == 200)
        }
    }

    @Test func `of a huge text only the beginning is sent`() async throws {
        try await ScriptedServer.run { server in
            _ = try await server.client("good").assess(String(repeating: "é", count: 2_500_000), idempotencyKey: "k")
            let request = try #require(try await server.log().seen.first)
            #expect(request.body.utf8.count < 20_000)
        }
    }

    /// Waits, a little, until the server has noticed that a client went away.
    private func sawClose(_ server: ScriptedServer) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if try await !server.log().closed.isEmpty { return true }
        }
        return false
    }
}
