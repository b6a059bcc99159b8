import A2A
import AgentOperators
import EventLog
import JSON
import StreamCore
import StreamDSL
import Synchronization
import TestWorlds
import Testing
import Topology

/// Clients and agents on the embedded log, with restarts.
@Suite("A2A client", .timeLimit(.minutes(15)))
struct ClientTests {
    private static let endpoint = A2AEndpoint(application: "app", agent: "echo")

    /// A log on which `agent` runs.
    private func served(
        _ agent: A2AAgent, legacy: Bool = false, topics: [String: Int32] = [:],
        _ body: (EmbeddedWorld, StreamTopology) async throws -> Void
    ) async throws {
        let world = try await OwnThread.run(named: "world") {
            try EmbeddedWorld(topics: topics.merging(legacy ? ["a2a-requests": 2] : [:]) { $1 })
        }
        let terminals = agent.terminals + (legacy ? [agent.legacyTransport()] : [])
        let topology = try StreamTopology("app", terminals: terminals)
        world.start(topology)
        // A client needs the agent's topics.
        try await OwnThread.run(named: "world") { _ = try world.records(of: "none", count: 0) }
        while try world.log.topic(Self.endpoint.control) == nil { try await Task.sleep(for: .milliseconds(20)) }
        let result: Result<Void, any Error>
        do { result = .success(try await body(world, topology)) } catch { result = .failure(error) }
        try await OwnThread.run(named: "world") { world.stopAll() }
        try result.get()
    }

    private static let counter = a2aAgent(named: "echo", card: A2ABench.card) { work, context in
        let count = Int(work.message.text) ?? 0
        for number in 0..<count {
            try await context.send(
                A2AArtifact("count", parts: [.text("\(number)")]), append: number > 0, lastChunk: number == count - 1)
        }
        return .completed("\(count)")
    }

    @Test("W40: no fast answer is lost, and no stream its tail: 200 calls and streams, every event once and in order")
    func fast() async throws {
        try await served(Self.counter) { world, _ in
            let client = try A2AClient(on: world.log, to: Self.endpoint)
            defer { client.close() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let request = A2ASendMessage(A2ABench.message("\(index % 7)"))
                        if index.isMultiple(of: 2) {
                            let reply = try await client.send(request, timeout: .seconds(300))
                            #expect(reply.task?.status.message?.text == "\(index % 7)")
                        } else {
                            var events: [A2AEvent] = []
                            for try await event in client.stream(request, timeout: .seconds(300)) {
                                events.append(event)
                            }
                            #expect(events.map(\.generation) == Array(1...(index % 7 + 2)))
                            #expect(events.last?.response.status?.state == .completed)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let page = try await client.tasks(A2AListTasks(pageSize: 1), timeout: .seconds(300))
            #expect(page.totalSize == 200)
        }
    }

    @Test(
        "W42: the protocol's errors are errors of the client; an agent that is not there is told at once, silence in time"
    )
    func errors() async throws {
        try await served(Self.counter) { world, _ in
            let client = try A2AClient(on: world.log, to: Self.endpoint)
            defer { client.close() }
            await #expect(throws: A2AError.self) { try await client.task("none", timeout: .seconds(300)) }
            do {
                for try await _ in client.subscribe(to: "none", timeout: .seconds(300)) {
                    Issue.record("an event of nothing")
                }
                Issue.record("no error")
            } catch let error as A2AError { #expect(error.code == .taskNotFound) }
            let lost = try A2AClient(on: world.log, to: A2AEndpoint(application: "no", agent: "body"))
            defer { lost.close() }
            do {
                _ = try await lost.task("x", timeout: .seconds(300))
            } catch let failure as AgentFailure { #expect(failure.code == .undeliverable) }
            // A topic that nobody reads.
            try world.log.createTopic(TopicSpecification("mute-body-control", partitions: 1))
            let mute = try A2AClient(on: world.log, to: A2AEndpoint(application: "mute", agent: "body"))
            defer { mute.close() }
            do {
                for try await _ in mute.subscribe(to: "x", timeout: .milliseconds(300)) {
                    Issue.record("an event of nobody")
                }
                Issue.record("no error")
            } catch let failure as AgentFailure { #expect(failure.code == .timedOut) }
        }
    }

    @Test(
        "W47: an instance that ends in mid-stream loses, doubles and reorders nothing: the stream goes on with the next"
    )
    func restarts() async throws {
        let gate = Gate()
        let runs = Mutex(0)
        let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, context in
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            for number in 0..<50 {
                if number == 20, run == 1 { try await gate.wait() }
                try await context.working("\(number)")
            }
            return .completed()
        }
        try await served(agent) { world, topology in
            let client = try A2AClient(on: world.log, to: Self.endpoint, leg: .seconds(2))
            defer { client.close() }
            var numbers: [Int] = []
            var words: [String] = []
            for try await event in client.stream(A2ASendMessage(A2ABench.message("go")), timeout: .seconds(300)) {
                numbers.append(event.generation)
                if let said = event.response.status?.message?.text { words.append(said) }
                if event.generation == 15 {
                    try await OwnThread.run(named: "world") { world.stopAll() }
                    world.start(topology)
                }
            }
            #expect(numbers == Array(1...52))
            #expect(words == (0..<50).map { "\($0)" })
            #expect(runs.withLock { $0 } == 2)
            let events = try world.records(of: Self.endpoint.events)
            #expect(events.count == 52, "nothing was published twice")
        }
    }

    @Test(
        "W44: a client that is gone is no loss: another sends the same message, or goes on after the last event it has")
    func clientRestarts() async throws {
        try await served(Self.counter) { world, _ in
            let request = A2ASendMessage(A2ABench.message("6", id: "once"))
            let first = try A2AClient(on: world.log, to: Self.endpoint)
            var seen: [Int] = []
            var id = ""
            for try await event in first.stream(request, timeout: .seconds(300)) {
                seen.append(event.generation)
                id = event.response.taskID ?? id
                if seen.count == 3 { break }
            }
            first.close()
            let second = try A2AClient(on: world.log, to: Self.endpoint)
            defer { second.close() }
            for try await event in second.subscribe(to: id, after: 3, timeout: .seconds(300)) {
                seen.append(event.generation)
            }
            #expect(seen == Array(1...8))
            let again = try await second.send(request, timeout: .seconds(300))
            #expect(again.task?.id == id, "the message is known")
            #expect(try await second.tasks(timeout: .seconds(300)).totalSize == 1)
            // No topic is left behind for each client.
            #expect(try world.log.topics().filter { $0.name.contains("client") }.map(\.name) == ["tributary-clients"])
        }
    }

    @Test("two clients on one task hear the same events in the same order")
    func twoClients() async throws {
        let gate = Gate()
        let agent = a2aAgent(named: "echo", card: A2ABench.card) { _, context in
            try await gate.wait()
            for number in 0..<20 { try await context.working("\(number)") }
            return .completed()
        }
        try await served(agent) { world, _ in
            let clients = try (0..<2).map { _ in try A2AClient(on: world.log, to: Self.endpoint) }
            defer { for client in clients { client.close() } }
            let configuration = A2ASendConfiguration(returnImmediately: true)
            let request = A2ASendMessage(A2ABench.message("go"), configuration: configuration)
            let reply = try await clients[0].send(request, timeout: .seconds(300))
            let task = try #require(reply.task)
            let heard = try await withThrowingTaskGroup(of: [A2AEvent].self) { group in
                let started = Counter()
                for client in clients {
                    group.addTask {
                        var events: [A2AEvent] = []
                        for try await event in client.subscribe(to: task.id, timeout: .seconds(300)) {
                            if events.isEmpty, started.next() == 2 {
                                gate.open()
                            }
                            events.append(event)
                        }
                        return events
                    }
                }
                var all: [[A2AEvent]] = []
                for try await events in group { all.append(events) }
                return all
            }
            #expect(heard[0] == heard[1])
            #expect(heard[0].map(\.generation) == Array(1...22))
        }
    }

    @Test("a topology asks an agent as any other operator: one outcome for each record")
    func operators() async throws {
        try await served(Self.counter, topics: ["in": 2]) { world, _ in
            let input = Topic("in", key: .string, value: .string)
            let output = Topic("out", key: .string, value: .string)
            let asking = try StreamTopology("asker") {
                input.stream()
                    .mapValues { A2ASendMessage(A2AMessage($0, role: .user, parts: [.text("3")])) }
                    .ask(A2ARemoteAgent(Self.endpoint), named: "asked", timeout: .seconds(300))
                    .mapValues { outcome in
                        switch outcome {
                        case .success(let reply): reply.task?.status.message?.text ?? "message"
                        case .failure(let failure): "\(failure)"
                        }
                    }
                    .to(output)
            }
            world.start(asking)
            try world.append(input, (0..<20).map { ("k\($0)", "m\($0)") })
            let records = try await OwnThread.run(named: "world") { try world.records(of: "out", count: 20) }
            #expect(records.map { $0.value?.utf8 } == Array(repeating: "3", count: 20))
        }
    }

    @Test("A2K-01..12: a 0.3 client and a 0.3 server of ours speak every operation with each other")
    func legacy() async throws {
        let agent = a2aAgent(named: "echo", card: A2ABench.card) { work, context in
            if work.message.text == "wait" { return .inputRequired("?") }
            for number in 0..<5 { try await context.working("\(number)") }
            return .completed(work.message.text)
        }
        try await served(agent, legacy: true) { world, _ in
            let client = try A2ALegacyClient(on: world.log, card: A2ALegacy.json(A2ABench.card))
            let reply = try await client.send(A2ASendMessage(A2ABench.message("hello")), timeout: .seconds(300))
            #expect(reply.task?.status.message?.text == "hello")
            var states: [A2ATaskState?] = []
            for try await item in client.stream(A2ASendMessage(A2ABench.message("more")), timeout: .seconds(300)) {
                states.append(item.status?.state)
            }
            #expect(states == [.submitted] + Array(repeating: .working, count: 5) + [.completed])
            let waiting = try await client.send(A2ASendMessage(A2ABench.message("wait")), timeout: .seconds(300))
            let id = try #require(waiting.task?.id)
            #expect(try await client.task(id, timeout: .seconds(300)).status.state == .inputRequired)
            let config = A2APushConfig(url: "https://example.org/x", id: "p", taskID: id, token: "t")
            #expect(try await client.addPush(config, timeout: .seconds(300)) == config)
            let name = A2APushConfigName(taskID: id, id: "p")
            #expect(try await client.push(name, timeout: .seconds(300)) == config)
            #expect(try await client.pushes(of: id, timeout: .seconds(300)) == [config])
            try await client.removePush(name, timeout: .seconds(300))
            #expect(try await client.cancel(id, timeout: .seconds(300)).status.state == .canceled)
            do {
                for try await _ in client.subscribe(to: id, timeout: .seconds(300)) {
                    Issue.record("an event of an ended task")
                }
                Issue.record("no error")
            } catch let error as A2AError { #expect(error.code == .unsupportedOperation) }
            await #expect(
                throws: A2AError(
                    .taskNotFound, "there is no task 'none', or not any more", metadata: ["taskId": "none"])
            ) {
                try await client.task("none", timeout: .seconds(300))
            }
            client.close()
            #expect(try !world.log.topics().contains { $0.name.hasPrefix("a2a-reply-Echo") }, "its topic went with it")
        }
    }
}

/// Counts, from any thread.
private final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
