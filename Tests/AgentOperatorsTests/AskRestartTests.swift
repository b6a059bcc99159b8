import StreamCore
import StreamDSL
import Testing
import Topology

@testable import AgentOperators

@Suite("ask after a crash", .timeLimit(.minutes(15)))
struct AskRestartTests {
    private let desk = Desk()

    @Test func `a request that was committed is asked again with its key, and has one outcome`() async throws {
        let bench = try TaskBench(asking(desk))
        try bench.feed("a", 1)
        try bench.feed("a", 2)
        try bench.settle()
        _ = await desk.calls(1)
        try bench.crash()
        try bench.settle()
        let calls = await desk.calls(2)
        #expect(calls.map(\.request) == [1, 1])
        #expect(calls[0].context.idempotencyKey == calls[1].context.idempotencyKey)
        await bench.woken.reached(1)
        for value in 1...2 {
            _ = await desk.calls(value + 1)
            try await bench.answer(desk, value, .success(value))
        }
        #expect(try bench.outcomes() == ["a=1", "a=2"])
        #expect(bench.journalled() == 0)
        #expect(bench.count("asks_resumed") == 2)
    }

    @Test func `an outcome that was not committed is made again, not lost and not doubled`() async throws {
        let bench = try TaskBench(asking(desk))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        desk.answer(1, .success(10))
        await bench.woken.reached(1)
        #expect(try bench.advance())
        try bench.crash()
        try bench.settle()
        #expect(try bench.outcomes().isEmpty)
        _ = await desk.calls(2)
        try await bench.answer(desk, 1, .success(11))
        #expect(try bench.outcomes() == ["a=11"])
    }

    @Test func `an eager call that a crash undid has the same key again`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(delivery: .eager)))
        try bench.feed("a", 1)
        try bench.process()
        _ = await desk.calls(1)
        try bench.crash()
        try bench.settle()
        let calls = await desk.calls(2)
        #expect(calls[0].context.idempotencyKey == calls[1].context.idempotencyKey)
    }

    @Test func `the deadline stands, another instance adds the clocks' difference`() async throws {
        let options = AskOptions(timeout: .seconds(10), maxClockSkew: .seconds(5))
        let bench = try TaskBench(asking(desk, options))
        let start = bench.clock.now()
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try bench.crash(takeOverBy: "two")
        try bench.settle(after: .milliseconds(14_999))
        #expect(await desk.calls(2)[1].context.deadline == start + .seconds(15))
        #expect(try bench.outcomes().isEmpty)
        try bench.settle(after: .milliseconds(1))
        #expect(try bench.outcomes() == ["a=timedOut/1"])
        try bench.feed("a", 2)
        try bench.settle()
        try bench.crash(takeOverBy: "two")
        try bench.settle(after: .seconds(10))
        #expect(try bench.outcomes() == ["a=timedOut/0"])
    }

    @Test func `numbers of an empty journal are used again without harm`() async throws {
        let bench = try TaskBench(asking(desk))
        var keys: Set<String> = []
        for value in 1...3 {
            try bench.feed("a", value)
            try bench.settle()
            keys.insert(await desk.calls(value)[value - 1].context.idempotencyKey)
            try await bench.answer(desk, value, .success(value))
            try bench.crash()
        }
        #expect(keys.count == 3)
        #expect(try bench.outcomes() == ["a=1", "a=2", "a=3"])
    }

    @Test func `at most once: the mark is committed before the call, a failed call is not made again`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(delivery: .atMostOnce)))
        try bench.feed("a", 1)
        try bench.process()
        try bench.commit()
        #expect(bench.count("asks_called") == 0)
        #expect(bench.task.wantsCommit)
        try bench.commit()
        #expect(bench.count("asks_called") == 1)
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy()))
        #expect(try bench.outcomes() == ["a=failed/1"])
    }

    @Test func `at most once: what was marked is interrupted, what was not is called, in order`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(delivery: .atMostOnce)))
        try bench.feed("a", 1)
        try bench.feed("a", 2)
        try bench.settle()
        _ = await desk.calls(1)
        try bench.crash()
        try bench.settle()
        #expect(try bench.outcomes() == ["a=interrupted/0"])
        #expect(await desk.calls(2).map(\.request) == [1, 2])
        await bench.woken.reached(1)
        try await bench.answer(desk, 2, .success(20))
        #expect(try bench.outcomes() == ["a=20"])
        #expect(bench.journalled() == 0)
    }

    @Test func `at most once: a marked request whose deadline passed meanwhile is interrupted too`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(timeout: .seconds(1), delivery: .atMostOnce)))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        bench.clock.advance(by: .seconds(9))
        try bench.crash()
        try bench.settle()
        #expect(try bench.outcomes() == ["a=interrupted/0"])
    }

    @Test func `at most once: a mark that was not committed is none`() async throws {
        let bench = try TaskBench(asking(desk, AskOptions(delivery: .atMostOnce)))
        try bench.feed("a", 1)
        try bench.process()
        try bench.commit()
        try bench.crash()
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .success(10))
        #expect(try bench.outcomes() == ["a=10"])
    }

    @Test func `at most once: expiry while the mark waits frees slot and trial`() async throws {
        let options = AskOptions(
            timeout: .seconds(3), inFlight: 1, retry: .never, delivery: .atMostOnce,
            breaker: .init(failures: 1, pause: .seconds(1)))
        let bench = try TaskBench(asking(desk, options))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy()))
        try bench.feed("a", 2)
        try bench.process()
        try bench.commit()
        try bench.advance(by: .seconds(1))
        #expect(bench.task.wantsCommit)
        try bench.advance(by: .seconds(2))
        try bench.commit()
        #expect(try bench.outcomes() == ["a=failed/1", "a=timedOut/0"])
        try bench.feed("a", 3)
        try bench.settle()
        _ = await desk.calls(2)
        try await bench.answer(desk, 3, .success(30))
        #expect(try bench.outcomes() == ["a=30"])
    }

    @Test func `a breaker's trial does not die with its task`() async throws {
        let options = AskOptions(retry: .never, breaker: .init(failures: 1, pause: .seconds(1)))
        let bench = try TaskBench(asking(desk, options))
        try bench.feed("a", 1)
        try bench.settle()
        _ = await desk.calls(1)
        try await bench.answer(desk, 1, .failure(Busy()))
        try bench.feed("a", 2)
        try bench.settle(after: .seconds(1))
        _ = await desk.calls(2)
        try bench.crash()
        try bench.settle()
        #expect(await desk.calls(3).map(\.request) == [1, 2, 2])
    }

    @Test func `a request that cannot be read back is undeliverable, one whose key cannot is a dead letter`() throws {
        struct Unreadable: Error {}
        let once = Signal()
        let format = Serde<Int>(
            description: "fading", encode: { value, writer in writer.append(bigEndian: Int64(value)) },
            decode: { bytes in
                guard once.count == 0, let value = ByteReader.number(bytes) else { throw Unreadable() }
                return value
            })
        let topology = try StreamTopology("app") { [desk] in
            Topic("in", key: .string, value: format).stream().ask(desk, named: "score").texts().to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.feed("a", 1)
        try bench.settle()
        once.raise()
        try bench.crash()
        try bench.settle()
        #expect(try bench.outcomes() == ["a=undeliverable/0"])
        #expect(bench.journalled() == 0)
    }
}

extension ByteReader {
    fileprivate static func number(_ bytes: Bytes) -> Int? {
        var reader = ByteReader(bytes)
        return reader.integer(Int64.self).map { Int($0) }
    }
}
