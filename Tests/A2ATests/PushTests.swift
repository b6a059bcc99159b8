import A2A
import AgentOperators
import Foundation
import HTTPServer
import JSON
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// Push notifications to a web server.
@Suite("A2A push notifications", .timeLimit(.minutes(15)))
struct PushTests {
    private struct Post: Sendable {
        let headers: [String: String]
        let body: JSONValue?
    }

    private final class Hook: Sendable {
        let posts = Mutex<[Post]>([])

        func take(_ request: HTTPRequest) -> HTTPResponse {
            let names = ["X-A2A-Event-Id", "X-A2A-Notification-Token", "Authorization", "Content-Type", "A2A-Version"]
            let headers = names.map { ($0, request.header($0) ?? "") }
            let post = Post(
                headers: Dictionary(headers) { first, _ in first }, body: try? JSONValue(parsing: request.body))
            let number = posts.withLock { posts in
                posts.append(post)
                return posts.count
            }
            // The second post fails once: it comes again, under the same id, before those after it.
            return HTTPResponse(status: request.path == "/moved" ? 302 : number == 2 ? 503 : 200)
        }
    }

    @Test(
        "A2K-08, W41: every event is posted, in order, with token and authorization, again after a failure, under an id of its own"
    )
    func posts() async throws {
        try await onThread {
            let hook = Hook()
            let server = try HTTPServer { hook.take($0) }
            defer { server.stop() }
            var options = A2AOptions()
            options.pushing.allowsPrivateAddresses = true
            options.pushing.posting.retry = RetryPolicy(attempts: 4, first: .milliseconds(1), longest: .milliseconds(2))
            let agent = a2aAgent(named: "echo", card: A2ABench.card, options: options) { _, context in
                try await context.working("1")
                try await context.send(A2AArtifact("a", parts: [.text("x")]))
                return .completed()
            }
            let bench = try A2ABench(agent)
            let config = A2APushConfig(
                url: "http://127.0.0.1:\(server.port)/hook", token: "tok",
                authentication: A2AAuthentication(scheme: "Bearer", credentials: "secret"))
            let request = A2ASendMessage(
                A2ABench.message("go"), configuration: A2ASendConfiguration(pushConfig: config))
            let id = try bench.request("SendMessage", request.json)
            try bench.until {
                try bench.driver.advance(by: .milliseconds(5))
                return hook.posts.withLock { $0.count } >= 4
            }
            let answer = try #require(bench.answers(to: id).last)
            let task = try A2ATask(json: try #require(answer.json()["task"]))
            let posts = hook.posts.withLock { $0 }
            // The configuration is there from the second event on: the first is the answer to who set it.
            let ids = posts.map { $0.headers["X-A2A-Event-Id"] ?? "" }
            #expect(ids == [2, 3, 3, 4].map { "\(task.id)/\($0)" })
            #expect(posts.allSatisfy { $0.headers["Authorization"] == "Bearer secret" })
            #expect(posts.allSatisfy { $0.headers["X-A2A-Notification-Token"] == "tok" })
            #expect(posts.allSatisfy { $0.headers["Content-Type"] == "application/a2a+json" })
            let last = try A2AStreamResponse(json: try #require(posts.last?.body))
            #expect(last.status?.state == .completed)
        }
    }

    @Test("a redirect is not followed, an address inside is not posted to, and both end as dead letters")
    func refused() async throws {
        try await onThread {
            let hook = Hook()
            let server = try HTTPServer { hook.take($0) }
            defer { server.stop() }
            var options = A2AOptions()
            options.pushing.allowsPrivateAddresses = true
            options.pushing.posting.retry = .never
            let agent = a2aAgent(named: "echo", card: A2ABench.card, options: options) { _, _ in .completed() }
            let bench = try A2ABench(agent)
            let config = A2APushConfig(url: "http://127.0.0.1:\(server.port)/moved")
            let request = A2ASendMessage(
                A2ABench.message("go"), configuration: A2ASendConfiguration(pushConfig: config))
            _ = try bench.task("SendMessage", request.json)
            try bench.until { hook.posts.withLock { $0.count } >= 1 }
            #expect(try bench.driver.awaitAnswers())
            #expect(bench.driver.takeDeadLetters().count == 1)
            #expect(hook.posts.withLock { $0.count } == 1)
        }
    }
}
