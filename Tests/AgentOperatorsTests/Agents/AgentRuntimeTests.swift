import AgentOperators
import Foundation
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Synchronization
import TestPrograms
import Testing
import Topology

@Suite(.timeLimit(.minutes(15))) struct AgentRuntimeTests {
    private func team(
        options: AgentOptions = AgentOptions(), interventions: [any InterventionHandler] = [],
        @AgentTypeBuilder _ types: () -> [AgentType]
    ) -> AgentSystem {
        agents(named: "team", options: options, interventions: interventions, types)
    }

    private var echo: AgentType {
        AgentType("echo") { on(Text.self) { message, context in Text("\(context.id): \(message.text)") } }
    }

    private var counter: AgentType {
        AgentType("counter", initial: { _ in Count() }) {
            on(Text.self) { _, state, _ in
                state.count += 1
                return Text(String(state.count))
            }
        }
    }

    // MARK: Requests

    @Test("AK-02: a request is answered by the agent of its type and key")
    func answered() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { echo })
            #expect(try bench.ask("hi", "echo/a") == .reply("echo/a: hi"))
            #expect(try bench.ask("hi", "echo/a/b") == .reply("echo/a/b: hi"))
        }
    }

    @Test("AK-04, AK-06: each key has an agent of its own, made by its first message, which remembers")
    func state() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { counter })
            #expect(try bench.ask("x", "counter/a") == .reply("1"))
            #expect(try bench.ask("x", "counter/a") == .reply("2"))
            #expect(try bench.ask("x", "counter/b") == .reply("1"))
        }
    }

    @Test("W09, AK-25: an agent's state outlives its process")
    func stateOverRestart() async throws {
        try await OwnThread.run(named: "agents") {
            let folder = try TemporaryFolder()
            let first = try AgentBench(team { counter }, stateDirectory: folder.path)
            #expect(try first.ask("x", "counter/a") == .reply("1"))
            try first.driver.close()
            let second = try AgentBench(team { counter }, stateDirectory: folder.path)
            #expect(try second.ask("x", "counter/a", id: "again") == .reply("2"))
        }
    }

    @Test("W11, AK-10: a handler that returns nothing gives a void reply, which is no error")
    func void() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { AgentType("quiet") { on(Text.self) { _, _ in } } })
            #expect(try bench.ask("x", "quiet/a") == .void)
        }
    }

    @Test("W01, AK-10: an unknown recipient is answered at once, not after the deadline")
    func unknownRecipient() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { echo })
            let answer = try bench.ask("x", "nobody/a")
            #expect(
                answer == .error(code: "undeliverable", message: "nobody hosts 'nobody/a' here", isRetryable: false))
        }
    }

    @Test("W11: what a handler throws reaches the asker with code, message and whether to try again")
    func typedErrors() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    AgentType("strict") {
                        on(Text.self) { message, _ -> Text in
                            throw AgentError("noFunds", "not enough for \(message.text)", details: "{\"left\":3}")
                        }
                    }
                })
            #expect(
                try bench.ask("ten", "strict/a")
                    == .error(code: "noFunds", message: "not enough for ten", isRetryable: false))
        }
    }

    @Test("a message of a type that nothing handles is an error for a request")
    func unhandled() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { echo })
            #expect(
                try bench.ask("x", "echo/a", type: "Other")
                    == .error(code: "unhandled", message: "'echo' does not handle 'Other'", isRetryable: false))
        }
    }

    @Test("a failing handler changes no state")
    func failedHandlerKeepsState() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    AgentType("shaky", initial: { _ in Count() }) {
                        on(Text.self) { message, state, _ in
                            state.count += 1
                            if message.text == "bad" { throw AgentError("bad", "no") }
                            return Text(String(state.count))
                        }
                    }
                })
            #expect(try bench.ask("good", "shaky/a") == .reply("1"))
            #expect(try bench.ask("bad", "shaky/a") == .error(code: "bad", message: "no", isRetryable: false))
            #expect(try bench.ask("good", "shaky/a") == .reply("2"))
        }
    }

    @Test("W20: a request that comes again is answered as before and not handled again")
    func duplicates() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { counter })
            #expect(try bench.ask("x", "counter/a", id: "one") == .reply("1"))
            #expect(try bench.ask("x", "counter/a", id: "one") == .reply("1"))
            #expect(try bench.ask("x", "counter/a", id: "two") == .reply("2"))
        }
    }

    @Test("a request whose deadline is over is not begun")
    func pastDeadline() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { counter }, clock: ManualWallClock(Timestamp(milliseconds: 10_000)))
            _ = try bench.post("x", to: "counter/a", deadline: 9_999)
            #expect(bench.answers().isEmpty)
            #expect(try bench.ask("x", "counter/a") == .reply("1"))
        }
    }

    @Test("W10, AK-24: a record that is no message is a dead letter and stops nothing")
    func badRecords() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { echo })
            try bench.driver.pipe("app-team-inbox", key: "a", value: "x", at: 1)
            try bench.driver.pipe(
                "app-team-inbox", key: Bytes([0xff, 0xfe]), value: nil, at: 1,
                headers: Headers([
                    .init(name: "tributary.kind", value: "request"), .init(name: "tributary.id", value: "i"),
                    .init(name: "tributary.agent", value: "echo"),
                ]))
            #expect(bench.driver.takeDeadLetters().count == 2)
            let answer = try bench.ask("hi", "echo/a")
            #expect(answer == .reply("echo/a: hi"))
        }
    }

    // MARK: Agents among themselves

    @Test("AK-33: agents ask each other, over tasks, and the reply finds its way back")
    func nested() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    echo
                    AgentType("relay") {
                        on(Text.self) { message, context in
                            let reply = try await context.send(
                                message, to: AgentID("echo", message.text), returning: Text.self)
                            return Text("via \(context.id): \(reply.text)")
                        }
                    }
                })
            for key in ["a", "b", "c", "d", "e"] {
                let answer = try bench.ask(key, "relay/\(key)\(key)")
                #expect(answer == .reply("via relay/\(key)\(key): echo/\(key): \(key)"))
            }
        }
    }

    @Test("asking a type that nobody hosts fails at once")
    func nestedUnknown() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    AgentType("lost") {
                        on(Text.self) { message, context in
                            try await context.send(message, to: AgentID("nobody", "x"), returning: Text.self)
                        }
                    }
                })
            guard case .error(let code, _, let isRetryable) = try bench.ask("x", "lost/a") else {
                Issue.record("no error")
                return
            }
            #expect(code == "undeliverable")
            #expect(!isRetryable)
        }
    }

    @Test("an error of an asked agent keeps its code through two agents")
    func nestedErrors() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    AgentType("strict") {
                        on(Text.self) { _, _ -> Text in throw AgentError("noFunds", "not enough") }
                    }
                    AgentType("relay") {
                        on(Text.self) { message, context in
                            try await context.send(message, to: AgentID("strict", "x"), returning: Text.self)
                        }
                    }
                })
            guard case .error(let code, let message, _) = try bench.ask("x", "relay/a") else {
                Issue.record("no error")
                return
            }
            #expect(code == "noFunds")
            #expect(message.contains("not enough"))
        }
    }

    @Test("an agent that would wait for itself is told so instead of waiting")
    func deadlock() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    AgentType("ping") {
                        on(Text.self) { message, context in
                            try await context.send(message, to: AgentID("pong", context.id.key), returning: Text.self)
                        }
                    }
                    AgentType("pong") {
                        on(Text.self) { message, context in
                            try await context.send(message, to: AgentID("ping", context.id.key), returning: Text.self)
                        }
                    }
                })
            guard case .error(let code, let message, _) = try bench.ask("x", "ping/a") else {
                Issue.record("no error")
                return
            }
            #expect(code == "wouldDeadlock")
            #expect(message.contains("ping/a -> pong/a -> ping/a"))
        }
    }

    // MARK: Publishing

    @Test("W21, AK-03, AK-09: published messages reach all who listen, each once, and not their sender")
    func publish() async throws {
        try await OwnThread.run(named: "agents") {
            let seen = Mutex<[String]>([])
            func listener(_ name: String) -> AgentType {
                AgentType(name) {
                    on(Text.self) { message, context in
                        seen.withLock {
                            $0.append("\(context.id) \(message.text) \(context.topic?.description ?? "-")")
                        }
                    }
                }
            }
            let bench = try AgentBench(
                team {
                    listener("a").subscribed(to: "news").subscribed(toPrefix: "ne")
                    listener("b").subscribed(toPrefix: "ne")
                    AgentType("say") {
                        on(Text.self, takes: .requests) { message, context in
                            try await context.publish(message, to: TopicID("news", source: context.id.key))
                        }
                        on(Text.self, takes: .events) { _, _ in seen.withLock { $0.append("say heard itself") } }
                    }.subscribed(to: "news")
                })
            #expect(try bench.ask("x", "say/k") == .void)
            let all = seen.withLock { $0.sorted() }
            #expect(all == ["a/k x news/k", "b/k x news/k"])
        }
    }

    @Test("W12: the default topic of a handler is its session's, in published messages, too")
    func defaultTopic() async throws {
        try await OwnThread.run(named: "agents") {
            let seen = Mutex<[String]>([])
            let bench = try AgentBench(
                team {
                    AgentType("first") {
                        on(Text.self) { message, context in try await context.publish(message) }
                    }.subscribed(to: "start")
                    AgentType("second") {
                        on(Text.self) { _, context in seen.withLock { $0.append(context.id.description) } }
                    }.subscribed()
                })
            _ = try bench.post("x", to: "first/session-7", kind: "message", topic: "start/session-7")
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            // AutoGen over Kafka or gRPC publishes to "default" here, so that another session's agent gets it.
            #expect(seen.withLock { $0 } == ["second/session-7"])
        }
    }

    @Test("what agents publish leaves as a stream, keyed by the session")
    func publicationStream() async throws {
        try await OwnThread.run(named: "agents") {
            let out = Topic("out", key: .string, value: .json(Text.self))
            let system = team {
                AgentType("say") { on(Text.self) { message, context in try await context.publish(message) } }
            }
            let bench = try AgentBench(system, [system.publications.published(as: Text.self).to(out)])
            _ = try bench.ask("hello", "say/s1")
            let records = try bench.driver.take(out)
            #expect(records.map(\.key) == ["s1"])
            #expect(records.map(\.value) == [Text("hello")])
        }
    }

    @Test("a stream's records reach agents as messages and as publications")
    func fromStreams() async throws {
        try await OwnThread.run(named: "agents") {
            let seen = Mutex<[String]>([])
            let input = Topic("in", key: .string, value: .json(Text.self))
            let system = team {
                AgentType("log") {
                    on(Text.self) { message, context in
                        seen.withLock {
                            $0.append("\(context.id) \(message.text) \(context.topic?.description ?? "-")")
                        }
                    }
                }.subscribed()
            }
            let bench = try AgentBench(
                system,
                [
                    input.stream().tell(system, named: "tell") { AgentID("log", $0.key) },
                    input.stream().publish(system, named: "publish") {
                        TopicID(TopicID.defaultType, source: $0.key + "2")
                    },
                ])
            try bench.driver.pipe(input, "k", Text("x"), at: 5)
            _ = try bench.driver.awaitAnswers(upTo: .seconds(120))
            let all = seen.withLock { $0.sorted() }
            #expect(all == ["log/k x -", "log/k2 x default/k2"])
        }
    }

    @Test("AK-08: a subscription that is added at run time counts until it is removed")
    func dynamicSubscriptions() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                team {
                    counter
                    AgentType("admin") {
                        on(Text.self) { message, context in
                            if message.text == "add" {
                                return Text(try await context.subscribe(.type("news"), agentType: "counter"))
                            }
                            try await context.unsubscribe(message.text)
                            return Text("removed")
                        }
                    }
                    AgentType("say") {
                        on(Text.self) { message, context in
                            try await context.publish(message, to: TopicID("news", source: context.id.key))
                        }
                    }
                })
            _ = try bench.ask("x", "say/k")
            #expect(try bench.ask("x", "counter/k") == .reply("1"))
            guard case .reply(let id) = try bench.ask("add", "admin/a") else {
                Issue.record("not added")
                return
            }
            guard case .error(let code, _, _) = try bench.ask("add", "admin/a") else {
                Issue.record("added twice")
                return
            }
            #expect(code == "exists")
            _ = try bench.ask("x", "say/k")
            #expect(try bench.ask("x", "counter/k") == .reply("3"))
            #expect(try bench.ask(id, "admin/a") == .reply("removed"))
            _ = try bench.ask("x", "say/k")
            #expect(try bench.ask("x", "counter/k") == .reply("4"))
        }
    }

    // MARK: Interventions

    private struct Censor: InterventionHandler {
        func onSend(_ message: AgentPayload, to recipient: AgentID, from sender: AgentID?) throws -> Intervention {
            switch try message.decode(Text.self).text {
            case "drop": .drop
            case "replace": .replace(try AgentPayload(Text("replaced")))
            case "refuse": throw AgentError("censored", "not this")
            default: .pass
            }
        }

        func onReply(_ message: AgentPayload, from sender: AgentID, to recipient: AgentID?) throws -> Intervention {
            try message.decode(Text.self).text.hasSuffix("secret") ? .drop : .pass
        }
    }

    @Test("intervention handlers change, drop and refuse messages and replies")
    func interventions() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team(interventions: [Censor()]) { echo })
            #expect(try bench.ask("x", "echo/a") == .reply("echo/a: x"))
            #expect(try bench.ask("replace", "echo/a") == .reply("echo/a: replaced"))
            for (text, expected) in [("drop", "dropped"), ("refuse", "censored"), ("secret", "dropped")] {
                guard case .error(let code, _, _) = try bench.ask(text, "echo/a") else {
                    Issue.record("no error for \(text)")
                    continue
                }
                #expect(code == expected)
            }
        }
    }

    // MARK: Registered instances, and mistakes

    @Test("AK-05: a type of registered instances has no other agents")
    func instances() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team { echo.only(keys: ["main"]) })
            #expect(try bench.ask("x", "echo/main") == .reply("echo/main: x"))
            guard case .error(let code, _, _) = try bench.ask("x", "echo/other") else {
                Issue.record("no error")
                return
            }
            #expect(code == "undeliverable")
        }
    }

    @Test("mistakes of a block are found before it runs", arguments: ["a b", "a/b", "a:b", ""])
    func badNames(_ name: String) {
        #expect(throws: TopologyError.self) {
            try StreamTopology("app", terminals: team { AgentType(name) { on(Text.self) { _, _ in } } }.terminals)
        }
    }

    @Test("two types of one name, or a subscription twice, are mistakes")
    func doubles() {
        #expect(throws: TopologyError.self) {
            try StreamTopology("app", terminals: team { [echo, echo] }.terminals)
        }
        #expect(throws: TopologyError.self) {
            try StreamTopology("app", terminals: team { echo.subscribed(to: "x").subscribed(to: "x") }.terminals)
        }
    }
}
