import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

/// Speaking to agents from outside of any topology, on the embedded log.
@Suite("agent client", .timeLimit(.minutes(15)))
struct AgentClientTests {
    struct Add: Codable, Sendable { let amount: Int }
    struct Sum: Codable, Sendable, Equatable { let total: Int }
    struct Slow: Codable, Sendable {}
    struct Count: Codable, Sendable { var total = 0 }

    private static func application(
        _ name: String = "app", type: String = "counter", begun: Signal = Signal(), ended: Signal = Signal()
    ) throws -> StreamTopology {
        try StreamTopology(name) {
            agents(named: "team", partitions: 2) {
                AgentType(type, initial: { _ in Count() }) {
                    on(Add.self) { message, count, _ in
                        guard message.amount >= 0 else {
                            throw AgentError("negative", "below zero", details: "{\"amount\":\(message.amount)}")
                        }
                        count.total += message.amount
                        return Sum(total: count.total)
                    }
                    on(Slow.self) { _, count, _ in
                        begun.raise()
                        do { try await Task.sleep(for: .seconds(3_600)) } catch { ended.raise() }
                    }
                }
                .subscribed(to: "news")
            }
        }
    }

    private func withClient(
        _ topologies: [StreamTopology], _ body: (EmbeddedWorld, AgentClient) async throws -> Void
    ) async throws {
        let world = try await OwnThread.run(named: "world") { try EmbeddedWorld(topics: [:]) }
        for topology in topologies { world.start(topology) }
        let client = try AgentClient(on: world.log, system: "team")
        let result: Result<Void, any Error>
        do { result = .success(try await body(world, client)) } catch { result = .failure(error) }
        client.close()
        try await OwnThread.run(named: "world") { world.stopAll() }
        try result.get()
    }

    /// Asks until the application has registered itself.
    private func add(_ client: AgentClient, _ amount: Int, to agent: AgentID) async throws -> Int {
        let limit = ContinuousClock.now + .seconds(180)
        while true {
            do {
                return try await client.send(
                    Add(amount: amount), to: agent, returning: Sum.self, timeout: .seconds(300)
                ).total
            } catch let failure as AgentFailure {
                guard failure.code == .undeliverable, ContinuousClock.now < limit else { throw failure }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func failure(_ body: () async throws -> Void) async -> AgentFailure? {
        do {
            try await body()
            return nil
        } catch { return error as? AgentFailure }
    }

    @Test("an agent answers whoever asks, keeps its state, and is another for another key")
    func sends() async throws {
        try await withClient([try Self.application()]) { _, client in
            #expect(try await add(client, 3, to: AgentID("counter", "a")) == 3)
            #expect(try await add(client, 4, to: AgentID("counter", "a")) == 7)
            #expect(try await add(client, 5, to: AgentID("counter", "b")) == 5)
            try await client.tell(Add(amount: 10), to: AgentID("counter", "b"))
            #expect(try await add(client, 0, to: AgentID("counter", "b")) == 15)
        }
    }

    @Test("W01, W11: a type that nobody hosts is told at once, what a handler throws as it is")
    func fails() async throws {
        try await withClient([try Self.application()]) { _, client in
            _ = try await add(client, 1, to: AgentID("counter", "a"))
            let unknown = await failure {
                _ = try await client.send(Add(amount: 1), to: AgentID("nobody", "a"), returning: Sum.self)
            }
            #expect(unknown?.code == .undeliverable)
            let untold = await failure { try await client.tell(Add(amount: 1), to: AgentID("nobody", "a")) }
            #expect(untold?.code == .undeliverable)
            let refused = await failure {
                _ = try await client.send(
                    Add(amount: -2), to: AgentID("counter", "a"), returning: Sum.self, timeout: .seconds(300))
            }
            #expect(refused?.code == .refused)
            #expect(refused?.remoteCode == "negative")
            #expect(refused?.details == "{\"amount\":-2}")
            #expect(try await add(client, 0, to: AgentID("counter", "a")) == 1)
        }
    }

    @Test("what is published reaches the agents of all applications that listen, each once")
    func publishes() async throws {
        let topologies = [try Self.application(), try Self.application("other", type: "other")]
        try await withClient(topologies) { _, client in
            _ = try await add(client, 0, to: AgentID("counter", "s"))
            _ = try await add(client, 0, to: AgentID("other", "s"))
            let recipients = try await client.publish(Add(amount: 7), to: TopicID("news", source: "s"))
            #expect(Set(recipients) == [AgentID("counter", "s"), AgentID("other", "s")])
            #expect(try await add(client, 0, to: AgentID("counter", "s")) == 7)
            #expect(try await add(client, 0, to: AgentID("other", "s")) == 7)
            #expect(try await client.publish(Add(amount: 7), to: TopicID("weather", source: "s")) == [])
        }
    }

    @Test("a restart of the application between request and reply loses nothing")
    func survivesRestarts() async throws {
        let begun = Signal()
        let world = try await OwnThread.run(named: "world") { try EmbeddedWorld(topics: [:]) }
        let first = world.start(try Self.application(begun: begun))
        let client = try AgentClient(on: world.log, system: "team", inbox: .own("my-inbox"))
        #expect(try await add(client, 1, to: AgentID("counter", "a")) == 1)
        // The key is busy, so that the next request waits in the journal while the application goes away.
        try await client.tell(Slow(), to: AgentID("counter", "a"))
        await begun.reached(1)
        async let answer = client.send(
            Add(amount: 5), to: AgentID("counter", "a"), returning: Sum.self, timeout: .seconds(600))
        try await OwnThread.run(named: "world") {
            _ = try world.records(of: "app-team-inbox", count: 3)
            world.stop(first)
        }
        // The slow one is given up by the new instance's own handler, which knows of no pause.
        world.start(
            try StreamTopology("app") {
                agents(named: "team", partitions: 2) {
                    AgentType("counter", initial: { _ in Count() }) {
                        on(Add.self) { message, count, _ in
                            count.total += message.amount
                            return Sum(total: count.total)
                        }
                        on(Slow.self) { _, count, _ in count.total += 100 }
                    }
                    .subscribed(to: "news")
                }
            })
        #expect(try await answer.total == 106)
        client.close()
        try await OwnThread.run(named: "world") { world.stopAll() }
    }

    @Test("who stops waiting is heard: the handler ends")
    func cancels() async throws {
        let (begun, ended) = (Signal(), Signal())
        try await withClient([try Self.application(begun: begun, ended: ended)]) { _, client in
            _ = try await add(client, 0, to: AgentID("counter", "a"))
            let asking = Task {
                try await client.send(try AgentPayload(Slow()), to: AgentID("counter", "a"), timeout: .seconds(3_000))
            }
            await begun.reached(1)
            asking.cancel()
            await ended.reached(1)
            let result = await asking.result
            #expect(throws: CancellationError.self) { try result.get() }
        }
    }
}
