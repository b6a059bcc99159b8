import AgentOperators
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Handlers that wait", .timeLimit(.minutes(15)))
struct StepWaitTests {
    @Test func `a sleeping handler holds no slot, keeps its key's place, and goes on in time`() async throws {
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(timeout: .days(1), inFlight: 1)) { value, context in
                if value == 1 { try await context.sleep(for: .hours(1)) }
                return value
            })
        try bench.feed("a", 1)
        try bench.feed("a", 2)
        try bench.feed("b", 3)
        #expect(try await bench.outcomes(1) == ["b=3"])
        #expect(bench.count("asks_parked") == 1)
        try bench.settle(after: .hours(1) - .milliseconds(1))
        #expect(try bench.outcomes().isEmpty)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await bench.outcomes(2) == ["a=1", "a=2"])
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `a run that waits for long is ended, and its sleep's end runs it again by replay`() async throws {
        let (till, starts) = (Till(), Till())
        let options = AskOptions(steps: StepOptions(parkedFor: .seconds(5)))
        let bench = try TaskBench(
            TaskBench.topology(options) { value, context in
                try await starts.ring("\(context.attempt)", StepContext(idempotencyKey: ""))
                try await context.step("charge") { try await till.ring("charge", $0) }
                try await context.sleep(for: .days(3))
                try await context.step("mail") { try await till.ring("mail", $0) }
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { bench.count("asks_parked") == 1 }
        try bench.settle(after: .milliseconds(4_999))
        #expect(bench.count("asks_suspended") == 0)
        try bench.settle(after: .milliseconds(1))
        #expect(bench.count("asks_suspended") == 1)
        #expect(bench.task.nextDue.map { $0 <= bench.clock.now() + .days(3) } == true)
        bench.clock.advance(by: .days(3))
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(till.calls.map(\.what) == ["charge", "mail"])
        #expect(starts.calls.map(\.what) == ["1", "1"])
        #expect(bench.count("asks_dropped", reason: "late answer") == 0)
    }

    @Test(arguments: ["one", "two"])
    func `a sleep goes on over a restart, elsewhere with the clocks' difference`(instance: String) async throws {
        let till = Till()
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(timeout: .seconds(30), maxClockSkew: .seconds(5))) { value, context in
                try await context.sleep(for: .days(2))
                try await context.step("charge") { try await till.ring("charge", $0) }
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { bench.count("asks_parked") == 1 }
        try bench.settle(after: .days(1))
        try bench.crash(takeOverBy: instance)
        try await bench.settle { bench.count("asks_parked") == 2 }
        let skew: Duration = instance == "one" ? .zero : .seconds(5)
        try bench.settle(after: .days(1) + skew - .milliseconds(1))
        #expect(till.calls.isEmpty)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(till.calls.count == 1)
    }

    @Test(arguments: [false, true])
    func `after a wait there is as much time as before it, also after a restart`(restarts: Bool) async throws {
        let (stuck, late) = (Till(gate: Signal()), Till(gate: Signal()))
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(timeout: .seconds(30))) { value, context in
                try await late.ring("late", StepContext(idempotencyKey: ""))
                try await context.sleep(for: .hours(1))
                try await stuck.ring("\(context.deadline)", StepContext(idempotencyKey: ""))
                return value
            })
        let start = bench.clock.now()
        try bench.feed("a", 1)
        try await bench.settle { late.calls.count == 1 }
        bench.clock.advance(by: .seconds(10))
        for _ in 0..<2 { late.gate?.raise() }
        try await bench.settle { bench.count("asks_parked") == 1 }
        if restarts { try bench.crash() }
        try bench.settle(after: .minutes(30))
        bench.clock.set(start + .seconds(10) + .hours(1))
        try await bench.settle { stuck.calls.count == 1 }
        let end = start + .hours(1) + .seconds(30)
        #expect(stuck.calls.map(\.what) == ["\(end)"])
        bench.clock.set(end - .milliseconds(1))
        try bench.settle()
        #expect(try bench.outcomes().isEmpty)
        try bench.settle(after: .milliseconds(1))
        #expect(try bench.outcomes() == ["a=timedOut/1"])
    }

    @Test func `a sleep within the request's time does not move its deadline`() async throws {
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(timeout: .seconds(30))) { value, context in
                try await context.sleep(for: .seconds(20))
                try await context.sleep(for: .seconds(10))
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { bench.count("asks_parked") == 1 }
        bench.clock.advance(by: .seconds(20))
        try await bench.settle { bench.count("asks_parked") == 2 }
        bench.clock.advance(by: .seconds(10))
        #expect(try await bench.outcomes(1) == ["a=timedOut/1"])
    }

    @Test func `a handler that works while another of its branches waits keeps its slot`() async throws {
        let till = Till(gate: Signal())
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(inFlight: 1)) { value, context in
                async let charged = context.step("charge") { try await till.ring("charge", $0) }
                // At work before the other branch waits: the other way round the run may be parked for a moment.
                await till.rung.reached(1)
                async let waits: Void = context.sleep(for: .hours(1))
                let sum = try await value + charged
                try await waits
                return sum
            })
        try bench.feed("a", 1)
        try await bench.settle { till.calls.count == 1 && bench.journalled(store: "steps") == 1 }
        #expect(bench.count("asks_parked") == 0)
        till.gate?.raise()
        try await bench.settle { bench.count("asks_parked") == 1 }
        try bench.settle(after: .seconds(10))
        bench.clock.advance(by: .hours(1))
        #expect(try await bench.outcomes(1) == ["a=2"])
        #expect(till.calls.count == 1)
    }

    @Test func `who waits no more does not make the handler look as if it waited`() async throws {
        let till = Till(gate: Signal())
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                let nap = Task { try await context.sleep(for: .hours(1)) }
                try await till.ring("slept", StepContext(idempotencyKey: ""))
                nap.cancel()
                _ = await nap.result
                try await till.ring("works", StepContext(idempotencyKey: ""))
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { bench.count("asks_parked") == 1 }
        till.gate?.raise()
        try await bench.settle { till.calls.count == 2 }
        try bench.settle(after: .seconds(20))
        #expect(bench.count("asks_suspended") == 0)
        till.gate?.raise()
        #expect(try await bench.outcomes(1) == ["a=1"])
    }

    @Test func `under at most once a run that waits is kept`() async throws {
        let starts = Till()
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(delivery: .atMostOnce)) { value, context in
                try await starts.ring("start", StepContext(idempotencyKey: ""))
                try await context.sleep(for: .days(1))
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { bench.count("asks_parked") == 1 }
        try bench.settle(after: .hours(1))
        #expect(bench.count("asks_suspended") == 0)
        bench.clock.advance(by: .days(1))
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(starts.calls.count == 1)
    }
}
