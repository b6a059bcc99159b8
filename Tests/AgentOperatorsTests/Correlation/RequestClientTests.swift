import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import Synchronization
import TestWorlds
import Testing
import Topology

/// A client outside of any topology, on the embedded log.
@Suite("request client", .timeLimit(.minutes(15)))
struct RequestClientTests {
    private static let squares = RequestTopic<Int, Int>("requests")

    /// A served log; `serve` ends in the statement that answers.
    private func served(
        _ terminal: Terminal?, topics: [String: Int32] = ["requests": 2],
        _ body: (EmbeddedWorld) async throws -> Void
    ) async throws {
        let world = try await OwnThread.run(named: "world") { try EmbeddedWorld(topics: topics) }
        if let terminal { world.start(try StreamTopology("server", terminals: [terminal])) }
        let result: Result<Void, any Error>
        do { result = .success(try await body(world)) } catch { result = .failure(error) }
        try await OwnThread.run(named: "world") { world.stopAll() }
        try result.get()
    }

    private func failure(_ body: () async throws -> Int) async -> AgentFailure? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? AgentFailure }
    }

    @Test("asks from any process and gets the reply, many at once, each its own")
    func asks() async throws {
        try await served(Self.squares.reply(named: "answer", inFlight: 64) { value, _ in value * value }) { world in
            let client = try RequestClient(on: world.log)
            defer { client.close() }
            let other = try RequestClient(on: world.log)
            defer { other.close() }
            try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for value in 0..<50 {
                    let asker = value.isMultiple(of: 2) ? client : other
                    group.addTask {
                        (
                            value,
                            try await asker.ask(Self.squares, key: Bytes("k\(value)"), value, timeout: .seconds(300))
                        )
                    }
                }
                for try await (value, square) in group { #expect(square == value * value) }
            }
            #expect(try world.log.topic("tributary-clients")?.partitions == 8)
            #expect(client.dropped.isEmpty)
        }
    }

    @Test("W11, AK-11: errors keep their code, their details and whether trying again can help")
    func getsErrors() async throws {
        let options = ReplyOptions(ask: AskOptions(retry: .never))
        let terminal = Self.squares.reply(named: "answer", options: options) { value, _ -> Int in
            if value == 1 { throw AgentError("noFunds", "balance is 3", details: "{\"balance\":3}") }
            throw AgentError("overloaded", "later", isRetryable: true)
        }
        try await served(terminal) { world in
            let client = try RequestClient(on: world.log, inbox: .own("my-inbox"))
            let first = await failure { try await client.ask(Self.squares, key: "a", 1, timeout: .seconds(300)) }
            #expect(first?.code == .refused)
            #expect(first?.remoteCode == "noFunds")
            #expect(first?.message == "balance is 3")
            #expect(first?.details == "{\"balance\":3}")
            #expect(first?.isRetryable == false)
            let second = await failure { try await client.ask(Self.squares, key: "a", 2, timeout: .seconds(300)) }
            #expect(second?.code == .failed)
            #expect(second?.isRetryable == true)
            #expect(try world.log.topic("my-inbox") != nil)
            client.close()
            #expect(try world.log.topic("my-inbox") == nil)
        }
    }

    @Test("W01: a topic that does not exist is told at once, silence at the deadline, a closed client at once")
    func fails() async throws {
        try await served(nil) { world in
            let clock = ManualWallClock(Timestamp(milliseconds: 1_000))
            let client = try RequestClient(on: world.log, clock: clock)
            let nowhere = RequestTopic<Int, Int>("nowhere")
            let unknown = await failure { try await client.ask(nowhere, key: nil, 1, timeout: .seconds(30)) }
            #expect(unknown?.code == .undeliverable)
            async let silence = failure { try await client.ask(Self.squares, key: nil, 1, timeout: .seconds(30)) }
            while try world.records(of: "requests").isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            clock.advance(by: .seconds(30))
            #expect(await silence?.code == .timedOut)
            async let cut = failure { try await client.ask(Self.squares, key: nil, 2, timeout: .seconds(30)) }
            while try world.records(of: "requests").count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            client.close()
            #expect(await cut?.code == .cancelled)
            let closed = await failure { try await client.ask(Self.squares, key: nil, 3, timeout: .seconds(30)) }
            #expect(closed?.code == .cancelled)
        }
    }

    @Test("who stops waiting takes the request back, and its handler ends")
    func cancels() async throws {
        let (begun, ended) = (Signal(), Signal())
        let terminal = Self.squares.reply(named: "answer") { value, _ in
            begun.raise()
            do { try await Task.sleep(for: .seconds(3_600)) } catch { ended.raise() }
            return value
        }
        try await served(terminal) { world in
            let client = try RequestClient(on: world.log)
            defer { client.close() }
            let asking = Task { try await client.ask(Self.squares, key: "a", 1, timeout: .seconds(3_000)) }
            await begun.reached(1)
            asking.cancel()
            let result = await asking.result
            #expect(throws: CancellationError.self) { try result.get() }
            await ended.reached(1)
            let kinds = try world.records(of: "requests").map { $0.headers["tributary.kind"] ?? "" }
            #expect(kinds == ["request", "cancel"])
        }
    }

    @Test("parts come as they are made, in order, then the outcome")
    func streams() async throws {
        let release = Signal()
        let terminal = Self.squares.replyStreaming(named: "answer", part: .string) { value, _, parts in
            try await parts.send("x")
            await release.reached(1)
            for text in ["y", "z"] { try await parts.send(text) }
            return value
        }
        try await served(terminal) { world in
            let client = try RequestClient(on: world.log)
            defer { client.close() }
            var said: [String] = []
            let stream = try client.askStreaming(
                Self.squares, key: "a", 7, part: .string, timeout: .seconds(300))
            for try await element in stream {
                switch element {
                case .part(let part, let index, let attempt): said.append("\(attempt).\(index)=\(part)")
                case .outcome(.success(let value)): said.append("\(value)")
                case .outcome(.failure(let failure)): said.append("\(failure)")
                }
                // The first part is here before the handler goes on.
                if said.count == 1 { release.raise() }
            }
            #expect(said == ["1.0=x", "1.1=y", "1.2=z", "7"])
        }
    }

    @Test("AK-14: a foreign service's topic of responses is read from where it ended")
    func asksBridges() async throws {
        let bridge = RequestTopic<Int, Int>(
            "requests", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("responses"))
        let terminal = bridge.reply(named: "answer") { value, _ in value * value }
        try await served(terminal, topics: ["requests": 2, "responses": 3]) { world in
            let client = try RequestClient(on: world.log)
            defer { client.close() }
            for value in 1...5 {
                #expect(
                    try await client.ask(bridge, key: Bytes("k\(value)"), value, timeout: .seconds(300)) == value
                        * value)
            }
        }
    }
}
