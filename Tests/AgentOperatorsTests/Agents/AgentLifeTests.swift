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

/// One agent at a time, cancellation, tries, crashes between steps, and forgetting.
@Suite(.timeLimit(.minutes(15))) struct AgentLifeTests {
    /// Counts how many handlers are at work for each agent and in all.
    private final class Gauge: Sendable {
        private let state = Mutex<(now: [String: Int], most: [String: Int], all: Int, mostOfAll: Int)>(([:], [:], 0, 0))

        func enter(_ agent: String) {
            state.withLock { state in
                state.now[agent, default: 0] += 1
                state.all += 1
                state.most[agent] = max(state.most[agent] ?? 0, state.now[agent] ?? 0)
                state.mostOfAll = max(state.mostOfAll, state.all)
            }
        }

        func leave(_ agent: String) {
            state.withLock { state in
                state.now[agent, default: 0] -= 1
                state.all -= 1
            }
        }

        var mostOfOne: Int { state.withLock { $0.most.values.max() ?? 0 } }
        var mostOfAll: Int { state.withLock { $0.mostOfAll } }
    }

    @Test("W07, W08: an agent handles one message at a time, in order, and others work meanwhile")
    func oneAtATime() async throws {
        try await OwnThread.run(named: "agents") {
            let gauge = Gauge()
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("slow", initial: { _ in Count() }) {
                        on(Text.self) { message, state, context in
                            gauge.enter(context.id.key)
                            defer { gauge.leave(context.id.key) }
                            try await Task.sleep(for: .milliseconds(5))
                            state.count += 1
                            return Text("\(message.text)=\(state.count)")
                        }
                    }
                })
            var ids: [String: String] = [:]
            for number in 1...10 {
                for key in ["a", "b", "c", "d"] {
                    ids[try bench.post("\(number)", to: "slow/\(key)")] = "\(number)=\(number)"
                }
            }
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let answers = bench.answers()
            for (id, expected) in ids { #expect(answers[id] == .reply(expected)) }
            #expect(gauge.mostOfOne == 1)
            #expect(gauge.mostOfAll > 1)
        }
    }

    @Test("a request that is taken back cancels its handler, and its asker is told")
    func cancelled() async throws {
        try await OwnThread.run(named: "agents") {
            let ended = Mutex(false)
            let begun = DispatchSemaphore(value: 0)
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("long") {
                        on(Text.self) { _, _ in
                            begun.signal()
                            do { try await Task.sleep(for: .seconds(600)) } catch { ended.withLock { $0 = true } }
                        }
                    }
                })
            let id = try bench.post("x", to: "long/a")
            _ = try bench.driver.awaitAnswers(upTo: .milliseconds(10))
            let hasBegun = begun.wait(timeout: .now() + 120) == .success
            #expect(hasBegun)
            try bench.cancel(id, of: "long/a")
            guard case .error(let code, _, _) = bench.answers()[id] else {
                Issue.record("no error")
                return
            }
            #expect(code == "cancelled")
            let end = ContinuousClock.now + .seconds(120)
            while !ended.withLock({ $0 }), ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
            #expect(ended.withLock { $0 })
        }
    }

    @Test("an error that may pass is tried again, within the deadline")
    func retried() async throws {
        try await OwnThread.run(named: "agents") {
            let tries = Mutex(0)
            let clock = ManualWallClock(Timestamp(milliseconds: 1_000))
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("shaky") {
                        on(Text.self) { message, _ in
                            let number = tries.withLock { tries in
                                tries += 1
                                return tries
                            }
                            if number < 3 { throw AgentError("busy", "later", isRetryable: true) }
                            return Text("\(message.text) after \(number)")
                        }
                    }
                }, clock: clock)
            let id = try bench.post("x", to: "shaky/a")
            let end = ContinuousClock.now + .seconds(120)
            var answer: AgentBench.Answer?
            while answer == nil, ContinuousClock.now < end {
                _ = try bench.driver.awaitAnswers(upTo: .milliseconds(20))
                try bench.driver.advance(by: .milliseconds(100))
                answer = bench.answers()[id]
            }
            #expect(answer == .reply("x after 3"))
        }
    }

    @Test("W01: nobody waits for ever: a handler that does not end is given up at its deadline, and its asker told")
    func deadline() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("stuck") { on(Text.self) { _, _ in try await Task.sleep(for: .seconds(600)) } }
                    AgentType("asker") {
                        on(Text.self) { message, context in
                            try await context.send(
                                message, to: AgentID("stuck", "s"), returning: Text.self, timeout: .seconds(5))
                        }
                    }
                })
            let direct = try bench.post("x", to: "stuck/a")
            let nested = try bench.post("x", to: "asker/a")
            _ = try bench.driver.awaitAnswers(upTo: .milliseconds(200))
            try bench.driver.advance(by: .seconds(6))
            let end = ContinuousClock.now + .seconds(120)
            var answers = bench.answers()
            while answers[nested] == nil, ContinuousClock.now < end {
                _ = try bench.driver.awaitAnswers(upTo: .milliseconds(20))
                // Its own tries are paused for a while.
                try bench.driver.advance(by: .milliseconds(500))
                answers.merge(bench.answers()) { $1 }
            }
            try bench.driver.advance(by: .seconds(30))
            answers.merge(bench.answers()) { $1 }
            for id in [direct, nested] {
                guard case .error(let code, _, let isRetryable) = answers[id] else {
                    Issue.record("no error for \(id)")
                    continue
                }
                #expect(code == "timedOut")
                #expect(isRetryable)
            }
        }
    }

    @Test("W09: what an agent did in steps before a crash is not done again after it, and its state is right")
    func crashBetweenSteps() async throws {
        try await OwnThread.run(named: "agents") {
            let folder = try TemporaryFolder()
            let charges = Mutex<[String]>([])
            let mayEnd = Mutex(false)
            let isCharged = DispatchSemaphore(value: 0)
            func bench() throws -> AgentBench {
                try AgentBench(
                    agents(named: "team") {
                        AgentType("teller", initial: { _ in Count() }) {
                            on(Text.self) { message, state, context in
                                let charge = try await context.step("charge") { step in
                                    charges.withLock { $0.append(step.idempotencyKey) }
                                    return message.text + "!"
                                }
                                isCharged.signal()
                                while !mayEnd.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
                                state.count += 1
                                return Text("\(charge) \(state.count)")
                            }
                        }
                    }, stateDirectory: folder.path)
            }
            let first = try bench()
            let id = try first.post("pay", to: "teller/a")
            let end = ContinuousClock.now + .seconds(120)
            while isCharged.wait(timeout: .now() + 0.02) == .timedOut, ContinuousClock.now < end {
                _ = try first.driver.awaitAnswers(upTo: .milliseconds(20))
            }
            try first.driver.close()
            mayEnd.withLock { $0 = true }
            let second = try bench()
            #expect(try second.driver.awaitAnswers(upTo: .seconds(120)))
            #expect(second.answers()[id] == .reply("pay! 1"))
            #expect(charges.withLock { $0.count } == 1)
        }
    }

    @Test("an agent that nobody talks to is forgotten after a while, in stream time")
    func forgotten() async throws {
        try await OwnThread.run(named: "agents") {
            let options = AgentOptions(forgetAfter: .minutes(1))
            let bench = try AgentBench(
                agents(named: "team", options: options) {
                    AgentType("counter", initial: { _ in Count() }) {
                        on(Text.self) { _, state, _ in
                            state.count += 1
                            return Text(String(state.count))
                        }
                    }
                })
            // Keys of one partition: stream time is the task's.
            let other = (0...).lazy.map { "k\($0)" }.first { bench.partition(of: $0) == bench.partition(of: "a") } ?? ""
            _ = try bench.post("x", to: "counter/a", at: 1_000)
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            _ = try bench.post("x", to: "counter/\(other)", at: 120_000)
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let id = try bench.post("x", to: "counter/a", at: 120_001)
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            #expect(bench.answers()[id] == .reply("1"))
        }
    }

    @Test("W10: a message that its handler cannot read, or that always fails, stops nobody")
    func poison() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("strict") {
                        on(Count.self) { _, _ in Text("never") }
                        on(Text.self) { message, _ in
                            if message.text == "bad" { throw AgentError("bad", "no") }
                            return message
                        }
                    }
                })
            _ = try bench.post("bad", to: "strict/a", kind: "message", topic: "t/a")
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let letters = bench.driver.takeDeadLetters()
            #expect(letters.map { $0.headers["tributary.error.stage"] } == ["ask"])
            guard case .error(let code, _, let isRetryable) = try bench.ask("x", "strict/a", type: "Count") else {
                Issue.record("no error")
                return
            }
            #expect(code == "undecodable")
            #expect(!isRetryable)
            #expect(try bench.ask("good", "strict/a") == .reply("good"))
        }
    }

    @Test("AK-15: messages of any format reach handlers and askers as they are")
    func anyFormat() async throws {
        try await OwnThread.run(named: "agents") {
            let seen = Mutex<AgentPayload?>(nil)
            let bench = try AgentBench(
                agents(named: "team") {
                    AgentType("raw") {
                        onAny { payload, _, _ in
                            seen.withLock { $0 = payload }
                            return AgentPayload(type: "Blob", contentType: "application/octet-stream", bytes: [0, 255])
                        }
                    }
                })
            _ = try bench.post("x", to: "raw/a", type: "Odd", more: [("tributary.content-type", "text/odd")])
            #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let payload = seen.withLock { $0 }
            #expect(payload?.type == "Odd")
            #expect(payload?.contentType == "text/odd")
            let reply = try #require(bench.driver.takeRaw(AgentBench.replies).first)
            #expect(reply.value == [0, 255])
            #expect(reply.headers["tributary.content-type"] == "application/octet-stream")
        }
    }
}
