import Observability
import StreamCore
import StreamDSL
import Testing
import Topology

@testable import AgentOperators

@Suite("AskOperator", .timeLimit(.minutes(15)))
struct AskOperatorTests {
    private let desk = Desk()

    @Test func `a call starts only after the commit that holds its request, which it asks for`() async throws {
        let bench = try TaskBench(asking(desk))
        try bench.feed("a", 1)
        try bench.process()
        try bench.advance()
        #expect(bench.count("asks_called") == 0)
        #expect(bench.task.wantsCommit)
        try bench.commit()
        #expect(bench.count("asks_called") == 1)
        #expect(bench.task.isWaiting)
        #expect(bench.journalled() == 1)
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .success(10))
        #expect(try bench.outcomes() == ["a=10"])
        #expect(bench.journalled() == 0)
        #expect(!bench.task.isWaiting)
    }

    @Test func `an eager call starts before the commit, and entry and outcome may share one`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(delivery: .eager)))
        try bench.feed("a", 1)
        try bench.process()
        #expect(bench.count("asks_called") == 1)
        _ = await desk.calls(1)
        #expect(bench.commits == 0)
        try await bench.answer(desk, 1, .success(10))
        #expect(bench.commits == 1)
        #expect(try bench.outcomes() == ["a=10"])
        #expect(bench.journalled() == 0)
    }

    @Test func `one request of a key at a time, in order, while other keys overtake`() async throws {
        let bench = try TaskBench(asking(desk))
        for (key, value) in [("a", 1), ("a", 2), ("b", 3)] { try bench.feed(key, value) }
        try bench.settle()
        #expect(await desk.calls(2).map(\.request).sorted() == [1, 3])
        try await bench.answer(desk, 3, .success(30))
        #expect(try bench.outcomes() == ["b=30"])
        try await bench.answer(desk, 1, .success(10))
        _ = await desk.calls(3)
        #expect(desk.open == [2])
        try await bench.answer(desk, 2, .success(20))
        #expect(try bench.outcomes() == ["a=10", "a=20"])
    }

    @Test func `no more calls at once than inFlight`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(inFlight: 3)))
        for value in 0..<12 { try bench.feed("k\(value)", value) }
        try bench.settle()
        for done in 0..<12 {
            let arrived = min(12, done + 3)
            _ = await desk.calls(arrived)
            #expect(desk.open.count <= 3)
            try await bench.answer(desk, try #require(desk.open.first), .success(done))
        }
        #expect(desk.most == 3)
        #expect(try bench.outcomes().count == 12)
    }

    @Test func `a full journal stops its input, and room opens it again`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(inFlight: 1, capacity: 2)))
        for value in 1...4 { try bench.feed("a", value) }
        try bench.settle()
        #expect(bench.task.buffered == 2)
        #expect(bench.journalled() == 2)
        for value in 1...4 {
            _ = await desk.calls(value)
            try await bench.answer(desk, value, .success(value))
            #expect(bench.task.buffered == max(0, 2 - value))
        }
        #expect(try bench.outcomes() == ["a=1", "a=2", "a=3", "a=4"])
    }

    @Test func `bytes fill the journal too`() throws {
        let bench = try TaskBench(asking(desk, AskOptions(capacityBytes: 1)))
        for value in 1...3 { try bench.feed("k\(value)", value) }
        try bench.settle()
        #expect(bench.task.buffered == 2)
    }

    @Test func `a request larger than the journal takes is a dead letter, the others go on`() throws {
        let topology = try asking(desk)
        let bench = try TaskBench(topology, limits: ["app-score-journal-changelog": 300])
        try bench.feed("a", 1)
        try bench.feed(String(repeating: "x", count: 100), 2)
        try bench.settle()
        #expect(bench.take("app-dead-letters").count == 1)
        #expect(bench.journalled() == 1)
    }

    @Test func `failures are tried again after a pause until one succeeds`() async throws {
        let retry = RetryPolicy(attempts: 3, first: .milliseconds(100), jitter: 0)
        let bench = try TaskBench(asking(desk, AskOptions(retry: retry)))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy()))
        #expect(bench.task.nextDue == bench.clock.now() + .milliseconds(100))
        try bench.settle(after: .milliseconds(99))
        #expect(bench.count("asks_called") == 1)
        try bench.settle(after: .milliseconds(1))
        let calls = await desk.calls(2)
        #expect(calls.map(\.context.attempt) == [1, 2])
        #expect(Set(calls.map(\.context.idempotencyKey)).count == 1)
        try await bench.answer(desk, 1, .success(10))
        #expect(try bench.outcomes() == ["a=10"])
        #expect(bench.count("asks_retried") == 1)
    }

    @Test func `after the last try the failure is the outcome`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(retry: RetryPolicy(attempts: 2, first: .zero))))
        try bench.feed("a", 1)
        try bench.settle()
        for attempt in 1...2 {
            _ = await desk.calls(attempt)
            try await bench.answer(desk, 1, .failure(Busy()))
        }
        #expect(try bench.outcomes() == ["a=failed/2"])
    }

    @Test func `an error that says so is not tried again`() async throws {
        let bench = try TaskBench(asking(desk))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Bad()))
        #expect(try bench.outcomes() == ["a=refused/1"])
    }

    @Test func `a target that asks to be left alone is, and not beyond the deadline`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(timeout: .seconds(30))))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy(retryAfter: .seconds(10))))
        try bench.settle(after: .milliseconds(9_999))
        #expect(bench.count("asks_called") == 1)
        try bench.settle(after: .milliseconds(1))
        _ = await desk.calls(2)
        try await bench.answer(desk, 1, .failure(Busy(retryAfter: .seconds(Int64.max))))
        #expect(try bench.outcomes() == ["a=timedOut/2"])
    }

    @Test func `a deadline ends the call, its late answer is dropped, the next of its key goes on`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(timeout: .seconds(1))))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try bench.settle(after: .milliseconds(999))
        #expect(try bench.outcomes().isEmpty)
        try bench.feed("a", 2)
        try bench.process()
        try bench.settle(after: .milliseconds(1))
        #expect(try bench.outcomes() == ["a=timedOut/1"])
        _ = await desk.calls(2)
        #expect(desk.open == [2])
        await bench.woken.reached(1)
        try bench.settle()
        #expect(bench.count("asks_dropped", reason: "late answer") == 1)
        try await bench.answer(desk, 2, .success(20))
        #expect(try bench.outcomes() == ["a=20"])
    }

    @Test func `what expires before its first commit has its outcome in that commit`() throws {
        let bench = try TaskBench(asking(desk, AskOptions(timeout: .seconds(1))))
        try bench.feed("a", 1)
        try bench.feed("a", 2)
        try bench.process()
        try bench.advance(by: .seconds(1))
        try bench.commit()
        #expect(try bench.outcomes() == ["a=timedOut/0", "a=timedOut/0"])
        #expect(bench.journalled() == 0)
        #expect(bench.count("asks_called") == 0)
    }

    @Test func `a timeout without end does not overflow`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(timeout: .seconds(Int64.max))))
        try bench.feed("a", 1)
        try bench.settle(after: .days(10_000))
        #expect(await desk.calls(1)[0].context.deadline == Timestamp(milliseconds: .max))
        try await bench.answer(desk, 1, .success(1))
        #expect(try bench.outcomes() == ["a=1"])
    }

    @Test func `while limits let no call through nothing hurries, and then calls go on`() async throws {
        let options = AskOptions(rateLimit: RateLimit(1, per: .seconds(1)))
        let bench = try TaskBench(asking(desk, options))
        try bench.feed("a", 1)
        try bench.feed("b", 2)
        try bench.settle()
        #expect(bench.count("asks_called") == 1)
        try bench.feed("c", 3)
        try bench.process()
        try bench.advance()
        #expect(!bench.task.wantsCommit)
        #expect(bench.task.nextDue == bench.clock.now() + .seconds(1))
        try bench.settle(after: .seconds(1))
        try bench.settle(after: .seconds(1))
        #expect(await desk.calls(3).map(\.request).sorted() == [1, 2, 3])
    }

    @Test func `a breaker holds calls back, and all go at once when its trial succeeds`() async throws {
        let options = AskOptions(retry: .never, breaker: .init(failures: 1, pause: .seconds(5)))
        let bench = try TaskBench(asking(desk, options))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy()))
        for value in 2...4 { try bench.feed("k\(value)", value) }
        try bench.settle()
        #expect(bench.count("asks_called") == 1)
        try bench.settle(after: .seconds(5))
        _ = await desk.calls(2)
        #expect(bench.count("asks_called") == 2)
        try await bench.answer(desk, 2, .success(20))
        _ = await desk.calls(4)
        #expect(desk.open == [3, 4])
    }

    @Test func `refusals do not open a breaker`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(breaker: .init(failures: 1))))
        try bench.feed("a", 1)
        try bench.feed("a", 2)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Bad()))
        _ = await desk.calls(2)
        #expect(desk.open == [2])
    }

    @Test func `outcomes have their record's key, timestamp and headers`() async throws {
        let bench = try TaskBench(asking(desk))
        try bench.feed("a", 1, at: 77, headers: Headers([.init(name: "trace", value: "t1")]))
        try bench.feed("b", 2, at: 99)
        try bench.settle()
        let calls = await desk.calls(2)
        #expect(calls.first { $0.request == 1 }?.context.headers["trace"] == "t1")
        try await bench.answer(desk, 2, .success(20))
        try await bench.answer(desk, 1, .success(10))
        let records = bench.take("out")
        #expect(records.map(\.timestamp.milliseconds) == [99, 77])
        #expect(records.map { $0.headers["trace"] } == [nil, "t1"])
        #expect(records.map(\.key) == ["b", "a"])
    }

    @Test func `answers sends a failure to the dead letters with the record as it came`() async throws {
        let topology = try StreamTopology("app") { [desk] in
            TaskBench.input.stream().mapValues { $0 + 100 }.ask(desk, named: "score").answers(named: "ok")
                .mapValues { "\($0)" }.to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.feed("a", 1, at: 77, headers: Headers([.init(name: "trace", value: "t1")]))
        try bench.feed("b", 2)
        try bench.settle()
        _ = await desk.calls(2)
        try await bench.answer(desk, 101, .failure(Bad()))
        try await bench.answer(desk, 102, .success(5))
        #expect(try bench.outcomes() == ["b=5"])
        let letters = bench.take("app-dead-letters")
        #expect(letters.count == 1)
        let letter = try #require(letters.first)
        #expect(letter.key == "a")
        #expect(letter.value == (try Serde<Int>.int.encode(1)))
        #expect(letter.timestamp.milliseconds == 77)
        #expect(letter.headers["trace"] == "t1")
        #expect(letter.headers[DeadLetterHeader.stage] == "ask")
        #expect(letter.headers[DeadLetterHeader.step] == "ok")
        #expect(letter.headers[DeadLetterHeader.topic] == "in")
        #expect(letter.headers[DeadLetterHeader.offset] == "0")
    }

    @Test func `several requests of one record have keys of their own`() async throws {
        let topology = try StreamTopology("app") { [desk] in
            TaskBench.input.stream().flatMap { record in (0..<record.value).map { ("k\($0)", $0) } }
                .ask(desk, named: "score").texts().to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.feed("a", 3)
        try bench.feed("a", 2)
        try bench.settle()
        _ = await desk.calls(3)
        for value in 0..<3 { try await bench.answer(desk, value, .success(value)) }
        let keys = await desk.calls(5).map(\.context.idempotencyKey)
        #expect(
            Set(keys) == Set([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)].map { "life/score/0_0/in-0-\($0.0)/\($0.1)" }))
    }

    @Test func `requests below another ask never share a key`() async throws {
        let second = Desk()
        let topology = try StreamTopology("app") { [desk] in
            TaskBench.input.stream().flatMap { record in [("x", record.value), ("y", record.value + 1)] }
                .ask(desk, named: "first").answers().ask(second, named: "score").texts().to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.feed("a", 10)
        try bench.feed("a", 20)
        try bench.settle()
        for (calls, value) in [(2, 10), (3, 20), (3, 11), (4, 21)] {
            _ = await desk.calls(calls)
            try await bench.answer(desk, value, .success(value))
        }
        for (calls, value) in [(2, 10), (3, 11), (4, 20), (4, 21)] {
            _ = await second.calls(calls)
            try await bench.answer(second, value, .success(value))
        }
        #expect(Set(await second.calls(4).map(\.context.idempotencyKey)).count == 4)
        #expect(try bench.outcomes().count == 4)
    }

    @Test func `a punctuation may ask`() async throws {
        let topology = try StreamTopology("app") { [desk] in
            TaskBench.input.stream()
                .process(named: "tick", formats: Formats(key: .string, value: .int)) {
                    (step: ProcessorContext<String, Int>) in
                    step.schedule(every: .seconds(1), .wallClock) { now in
                        try step.forward(Record(key: "tick", value: 5, timestamp: now))
                    }
                    return { _ in }
                }
                .ask(desk, named: "score").texts().to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.settle(after: .seconds(1))
        _ = await desk.calls(1)
        try await bench.answer(desk, 5, .failure(Bad()))
        #expect(try bench.outcomes() == ["tick=refused/1"])
    }
}
