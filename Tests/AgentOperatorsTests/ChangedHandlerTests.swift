import AgentOperators
import Operations
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Handlers whose code changed", .timeLimit(.minutes(15)))
struct ChangedHandlerTests {
    typealias Handler = @Sendable (Int, AskContext) async throws -> Int

    private func topology(_ steps: StepOptions, _ handler: @escaping Handler) throws -> StreamTopology {
        let options = AskOptions(retry: .never, steps: steps, takesApprovals: true)
        return try StreamTopology("app") {
            TaskBench.input.stream().mapAsync(named: "score", options: options, handler).texts().to(TaskBench.output)
        }
    }

    /// A handler that does what `names` say, in order; at a name that ends with `!` it is killed.
    private func handler(_ names: [String], _ till: Till, _ stop: Till) -> Handler {
        { value, context in
            for name in names {
                if name.hasSuffix("?") {
                    _ = try await context.approval(String(name.dropLast()), ApprovalRequest("?", timeout: .days(1)))
                } else {
                    try await context.step(name) { step in
                        try await (name.hasSuffix("!") ? stop : till).ring(name, step)
                    }
                }
            }
            return value
        }
    }

    /// The outcome of a request whose handler did `former` up to its end and was then replaced by one that does `present`.
    private func outcome(
        _ policy: StepChangePolicy, former: [String], present: [String], version: String = "1"
    ) async throws -> (outcome: String, done: [String], approvals: [ApprovalRecord.Status]) {
        let (till, stop) = (Till(), Till(gate: Signal()))
        let bench = try TaskBench(
            topology(StepOptions(version: "1", changedCode: policy), handler(former + ["stop!"], till, stop)))
        try bench.feed("a", 7)
        try await bench.settle { stop.calls.count == 1 || bench.count("asks_parked") == 1 }
        let steps = StepOptions(version: version, changedCode: policy)
        try bench.crash(running: topology(steps, handler(present, till, stop)))
        let found = try await bench.outcomes(1)
        #expect(bench.journalled(store: "steps") == 0)
        let approvals = try bench.take("app-approvals").map { try ApprovalRecord.serde.decode($0.value).status }
        return (found.joined(), till.calls.map(\.what), approvals)
    }

    @Test(arguments: [StepChangePolicy.finish, .fail])
    func `the same code finishes`(policy: StepChangePolicy) async throws {
        let end = try await outcome(policy, former: ["charge", "mail"], present: ["charge", "mail", "log"])
        #expect(end.outcome == "a=7")
        #expect(end.done == ["charge", "mail", "log"])
    }

    @Test func `another version finishes by default: names that are found are used, others are done`() async throws {
        let end = try await outcome(
            .finish, former: ["charge", "mail"], present: ["check", "mail", "log"], version: "2")
        #expect(end.outcome == "a=7")
        #expect(end.done == ["charge", "mail", "check", "log"])
    }

    @Test func `another version fails when told so, and does nothing`() async throws {
        let end = try await outcome(.fail, former: ["charge"], present: ["charge", "mail"], version: "2")
        #expect(end.outcome == "a=changed/1")
        #expect(end.done == ["charge"])
    }

    @Test func `a new step before what the journal has is noticed, without a version`() async throws {
        let end = try await outcome(.fail, former: ["charge", "mail"], present: ["check", "charge", "mail"])
        #expect(end.outcome == "a=changed/1")
        #expect(end.done == ["charge", "mail"])
    }

    @Test func `a step that is left out is noticed at the end`() async throws {
        let end = try await outcome(.fail, former: ["charge", "mail"], present: ["charge"])
        #expect(end.outcome == "a=changed/1")
        let nothing = try await outcome(.fail, former: ["charge"], present: [])
        #expect(nothing.outcome == "a=changed/1")
        let lenient = try await outcome(.finish, former: ["charge", "mail"], present: ["charge"])
        #expect(lenient.outcome == "a=7")
    }

    @Test(arguments: [StepChangePolicy.finish, .fail])
    func `a name of another kind always fails, and open questions are cancelled`(policy: StepChangePolicy)
        async throws
    {
        let end = try await outcome(policy, former: ["go?"], present: ["go"])
        #expect(end.outcome == "a=changed/1")
        #expect(end.done.isEmpty)
        #expect(end.approvals == [.pending, .cancelled])
    }

    @Test func `a step whose result is of another type is a failure`() async throws {
        let (till, stop) = (Till(), Till(gate: Signal()))
        let bench = try TaskBench(topology(StepOptions(), handler(["charge", "stop!"], till, stop)))
        try bench.feed("a", 7)
        try await bench.settle { stop.calls.count == 1 }
        let other: Handler = { _, context in try await context.step("charge") { _ in ["x": 1] }.count }
        try bench.crash(running: topology(StepOptions(), other))
        #expect(try await bench.outcomes(1) == ["a=failed/1"])
    }
}
