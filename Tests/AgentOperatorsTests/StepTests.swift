import AgentOperators
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Steps of handlers", .timeLimit(.minutes(15)))
struct StepTests {
    @Test func `a step is committed before the handler goes on, and its journal goes with the outcome`() async throws {
        let (first, second) = (Till(gate: Signal()), Till(gate: Signal()))
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                try await context.step("charge") { try await first.ring("charge", $0) }
                try await context.step("mail") { try await second.ring("mail", $0) }
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { first.count("charge") == 1 }
        #expect(bench.journalled(store: "steps") == 0)
        first.gate?.raise()
        try await bench.settle { second.count("mail") == 1 }
        #expect(bench.journalled(store: "steps") == 1)
        #expect(second.keys == ["life/score/0_0/in-0-0/0/mail/0"])
        second.gate?.raise()
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(bench.journalled(store: "steps") == 0)
        #expect(bench.journalled() == 0)
    }

    @Test func `a crash inside a step runs it again with the same key, a committed step never again`() async throws {
        let (charges, mails) = (Till(), Till(gate: Signal()))
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                try await context.step("charge") { try await charges.ring("charge", $0) }
                try await context.step("mail") { try await mails.ring("mail", $0) }
                return value
            })
        try bench.feed("a", 1)
        try await bench.settle { mails.count("mail") == 1 }
        try bench.crash()
        try await bench.settle { mails.count("mail") == 2 }
        mails.gate?.raise()
        mails.gate?.raise()
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(charges.calls.count == 1)
        #expect(Set(mails.keys).count == 1)
        #expect(mails.calls.map(\.isRepeated) == [false, true])
        #expect(bench.count("steps_dropped", reason: "of a run that is over") == 0)
    }

    @Test func `a name that is used again means its next occurrence`() async throws {
        let till = Till()
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                var sum = 0
                for part in 1...3 {
                    sum += try await context.step("part") { step in
                        try await till.ring("part", step)
                        return part
                    }
                }
                return sum
            })
        try bench.feed("a", 1)
        #expect(try await bench.outcomes(1) == ["a=6"])
        #expect(till.keys == (0..<3).map { "life/score/0_0/in-0-0/0/part/\($0)" })
    }

    @Test func `pure steps, times and random numbers wait for no commit and are the same at every run`() async throws {
        let (runs, till) = (Till(), Till(gate: Signal()))
        let seen = Seen()
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                let moment = try await context.now()
                let chance = try await context.random()
                let pure = try await context.step("pure", policy: .pure) { try await runs.ring("pure", $0) }
                seen.add("\(moment) \(chance) \(pure)")
                try await context.step("charge") { try await till.ring("charge", $0) }
                return value
            })
        try bench.feed("a", 1)
        try bench.settle()
        let commits = bench.commits
        try await bench.advance { seen.all.count == 1 }
        #expect(bench.commits == commits)
        try await bench.settle { till.count("charge") == 1 }
        #expect(bench.journalled(store: "steps") == 3)
        bench.clock.advance(by: .seconds(1))
        try bench.crash()
        try await bench.settle { till.count("charge") == 2 }
        till.gate?.raise()
        till.gate?.raise()
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(Set(seen.all).count == 1)
        #expect(seen.all.count == 2)
        #expect(runs.calls.count == 1)
    }

    @Test func `what is pure and not committed may be done again, and nothing has come of it`() async throws {
        let (runs, gate) = (Till(gate: Signal()), Till(gate: Signal()))
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                try await context.step("pure", policy: .pure) { try await runs.ring("pure", $0) }
                try await gate.ring("block", StepContext(idempotencyKey: context.idempotencyKey))
                return value
            })
        try bench.feed("a", 1)
        // Not before the commits that settle: the result must not be in one of them.
        try bench.settle()
        runs.gate?.raise()
        try await bench.advance { gate.calls.count == 1 }
        try bench.crash()
        runs.gate?.raise()
        try await bench.settle { gate.calls.count == 2 }
        gate.gate?.raise()
        gate.gate?.raise()
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(runs.calls.count == 2)
    }

    @Test(arguments: [true, false])
    func `reconcile asks the target whether it was done, and runs only when it was not`(wasDone: Bool) async throws {
        let (till, asked) = (Till(gate: Signal()), Till())
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                let policy = StepPolicy<Int>.reconcile { step in
                    try await asked.ring("was it done", step)
                    return wasDone ? 77 : nil
                }
                return try await context.step("charge", policy: policy) { step in
                    try await till.ring("charge", step)
                    return value
                }
            })
        try bench.feed("a", 1)
        try await bench.settle { till.count("charge") == 1 }
        #expect(bench.journalled(store: "steps") == 1)
        #expect(asked.calls.isEmpty)
        try bench.crash()
        for _ in 0..<2 { till.gate?.raise() }
        #expect(try await bench.outcomes(1) == [wasDone ? "a=77" : "a=1"])
        #expect(asked.calls.count == 1)
        #expect(till.calls.count == (wasDone ? 1 : 2))
        #expect(Set(till.keys + asked.keys).count == 1)
    }

    @Test func `at most once is interrupted by a crash, and the handler may deal with it`() async throws {
        let till = Till(gate: Signal())
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                do {
                    return try await context.step("launch", policy: .atMostOnce) { step in
                        try await till.ring("launch", step)
                        return value
                    }
                } catch let failure as StepFailure where failure.code == .interrupted && value == 2 {
                    return -1
                }
            })
        try bench.feed("a", 1)
        try bench.feed("b", 2)
        try await bench.settle { till.count("launch") == 2 }
        try bench.crash()
        #expect(try await bench.outcomes(2).sorted() == ["a=interrupted/1", "b=-1"])
        #expect(till.calls.count == 2)
    }

    @Test func `what a body throws is not remembered: the next try does it again`() async throws {
        let till = Till()
        let options = AskOptions(retry: RetryPolicy(attempts: 3, first: .zero))
        let bench = try TaskBench(
            TaskBench.topology(options) { value, context in
                try await context.step("before") { try await till.ring("before", $0) }
                return try await context.step("charge") { step in
                    guard try await till.ring("charge", step) > 2 else { throw Busy() }
                    return value
                }
            })
        try bench.feed("a", 1)
        #expect(try await bench.outcomes(1) == ["a=1"])
        #expect(till.count("before") == 1)
        #expect(till.count("charge") == 3)
        #expect(Set(till.calls.filter { $0.what == "charge" }.map(\.key)).count == 1)
    }

    @Test func `a deadline cancels the run, and what it does afterwards is dropped`() async throws {
        let till = Till(gate: Signal())
        let after = Signal()
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(timeout: .seconds(10))) { value, context in
                try await context.step("charge") { step in
                    _ = try? await till.ring("charge", step)
                    after.raise()
                    return value
                }
            })
        try bench.feed("a", 1)
        try await bench.settle { till.count("charge") == 1 }
        try bench.settle(after: .seconds(10))
        #expect(try bench.outcomes() == ["a=timedOut/1"])
        await after.reached(1)
        try await bench.settle { bench.count("asks_dropped", reason: "late answer") == 1 }
        #expect(bench.count("steps_dropped", reason: "of a run that is over") == 1)
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `a result too large for the journal is an outcome, not a stop`() async throws {
        let topology = try TaskBench.topology { value, context in
            _ = try await context.step("large") { _ in String(repeating: "x", count: 2_000) }
            return value
        }
        let bench = try TaskBench(topology, limits: ["app-score-steps-changelog": 1_000])
        try bench.feed("a", 1)
        #expect(try await bench.outcomes(1) == ["a=refused/1"])
    }

    @Test func `steps that run at once each keep their own result`() async throws {
        let till = Till(gate: Signal())
        let bench = try TaskBench(
            TaskBench.topology { value, context in
                async let left = context.step("left") { try await till.ring("left", $0) }
                async let right = context.step("right") { try await till.ring("right", $0) }
                return try await left + right + value
            })
        try bench.feed("a", 1)
        try await bench.settle { till.calls.count == 2 }
        for _ in 0..<2 { till.gate?.raise() }
        #expect(try await bench.outcomes(1) == ["a=3"])
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `an eager handler's step waits for the commit of its request`() async throws {
        let (till, start) = (Till(), Till())
        let bench = try TaskBench(
            TaskBench.topology(AskOptions(delivery: .eager)) { value, context in
                try await start.ring("start", StepContext(idempotencyKey: ""))
                try await context.step("charge") { try await till.ring("charge", $0) }
                return value
            })
        try bench.feed("a", 1)
        // Before the handler can begin: it may ask for its step at once.
        let before = bench.woken.count
        try bench.process()
        await start.rung.reached(1)
        await bench.woken.reached(before + 1)
        try bench.advance()
        #expect(bench.commits == 0)
        #expect(till.calls.isEmpty)
        #expect(bench.task.wantsCommit)
        #expect(try await bench.outcomes(1) == ["a=1"])
    }

    @Test func `a context without a journal just runs its steps`() async throws {
        let context = AskContext(
            idempotencyKey: "k", attempt: 1, deadline: Timestamp(milliseconds: 9), headers: .none)
        let keys = Till()
        for _ in 0..<2 { try await context.step("a/b") { try await keys.ring("x", $0) } }
        #expect(keys.keys == ["k/a%2Fb/0", "k/a%2Fb/1"])
        #expect(context.deadline == Timestamp(milliseconds: 9))
        await #expect(throws: StepFailure.self) { try await context.approval("ok", ApprovalRequest("go?")) }
    }
}
