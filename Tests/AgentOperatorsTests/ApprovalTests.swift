import AgentOperators
import Operations
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Approvals", .timeLimit(.minutes(15)))
struct ApprovalTests {
    private static let approvals = "app-approvals"
    private static let control = "app-score-control"

    /// Asks whether it may charge, and charges what was decided.
    private func topology(
        _ till: Till = Till(), _ options: AskOptions = AskOptions(), timeout: Duration? = .days(7)
    ) throws -> StreamTopology {
        var options = options
        options.takesApprovals = true
        return try StreamTopology("app") { [options] in
            TaskBench.input.stream().mapAsync(named: "score", options: options) { value, context in
                try await till.ring("start", StepContext(idempotencyKey: ""))
                let request = ApprovalRequest("charge \(value)?", details: "\(value)", timeout: timeout)
                let decision = try await context.approval("may charge", request)
                guard decision.isApproved else { return decision.verdict == .rejected ? -1 : -2 }
                try await context.step("charge") { try await till.ring("charge", $0) }
                return decision.edited.flatMap { Int($0) } ?? value
            }.texts().to(TaskBench.output)
        }
    }

    private func records(_ bench: TaskBench) throws -> [ApprovalRecord] {
        try bench.take(Self.approvals).map { record in
            let approval = try ApprovalRecord.serde.decode(record.value)
            #expect(record.key == Bytes(approval.id))
            return approval
        }
    }

    private func vote(
        _ bench: TaskBench, _ record: ApprovalRecord, _ verdict: String, by: String? = nil, edited: String? = nil
    ) throws {
        let vote = ApprovalVote(verdict: verdict, by: by, reason: "because", edited: edited)
        bench.send(
            record.answerTopic, try ApprovalVote.serde.encode(vote), headers: ApprovalVote.headers(record.operation))
    }

    @Test func `a question is published once, days pass and processes die, the answer goes on with the handler`()
        async throws
    {
        let till = Till()
        let bench = try TaskBench(topology(till))
        let start = bench.clock.now()
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        let asked = try records(bench)
        #expect(asked.count == 1)
        let question = try #require(asked.first)
        #expect(question.status == .pending)
        #expect(question.prompt == "charge 5?")
        #expect(question.details == "5")
        #expect(question.key == "a")
        #expect(question.operation == "life/score/0_0/in-0-0/0/may charge/0")
        #expect(question.expiresAt == (start + .days(7)).milliseconds)
        #expect((question.answerTopic, question.answerPartition) == (Self.control, 0))
        for day in 1...3 {
            try bench.settle(after: .days(1))
            try bench.crash()
            try await bench.settle { till.count("start") == day + 1 }
        }
        #expect(try records(bench).isEmpty)
        try vote(bench, question, "approved", by: "ann", edited: "4")
        #expect(try await bench.outcomes(1) == ["a=4"])
        #expect(till.count("charge") == 1)
        let decided = try records(bench)
        #expect(decided.map(\.status) == [.approved])
        #expect(decided.first?.by == "ann")
        #expect(decided.first?.edited == "4")
        #expect(decided.first?.requestedAt == question.requestedAt)
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `a decision that was not committed is read again, the first one counts`() async throws {
        let bench = try TaskBench(topology())
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        let question = try #require(try records(bench).first)
        try vote(bench, question, "rejected", by: "ann")
        try vote(bench, question, "approved", by: "bob")
        try bench.process()
        try bench.crash()
        #expect(try await bench.outcomes(1) == ["a=-1"])
        #expect(try records(bench).map(\.status) == [.rejected])
        #expect(bench.count("decisions_dropped", reason: "not open") == 1)
        #expect(bench.count("decisions_taken") == 1)
    }

    @Test func `an answer runs a handler again whose run was ended`() async throws {
        let bench = try TaskBench(topology())
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        let question = try #require(try records(bench).first)
        try bench.settle(after: .seconds(5))
        #expect(bench.count("asks_suspended") == 1)
        try vote(bench, question, "approved")
        #expect(try await bench.outcomes(1) == ["a=5"])
        #expect(bench.count("asks_called") == 2)
    }

    @Test func `nobody decides in time: the handler hears it, the question is expired`() async throws {
        let bench = try TaskBench(topology())
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        try bench.settle(after: .days(7) - .milliseconds(1))
        #expect(try records(bench).map(\.status) == [.pending])
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await bench.outcomes(1) == ["a=-2"])
        #expect(try records(bench).map(\.status) == [.expired])
    }

    @Test func `a question whose time was over while nothing ran expires, and the handler has its time`() async throws {
        let bench = try TaskBench(topology())
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        bench.clock.advance(by: .days(30))
        try bench.crash()
        #expect(try await bench.outcomes(1) == ["a=-2"])
    }

    @Test func `a question without a time of its own ends with its request`() async throws {
        let bench = try TaskBench(topology(Till(), AskOptions(timeout: .seconds(30)), timeout: nil))
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        _ = try records(bench)
        try bench.settle(after: .seconds(30))
        #expect(try bench.outcomes() == ["a=timedOut/1"])
        let ends = try records(bench).map(\.status)
        #expect(ends == [.expired])
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `a full journal does not stop decisions, and keys keep their order`() async throws {
        let bench = try TaskBench(topology(Till(), AskOptions(inFlight: 1, capacity: 2)))
        for value in 1...4 { try bench.feed("a", value) }
        try await bench.settle { bench.count("asks_parked") == 1 }
        #expect(bench.task.buffered == 2)
        for value in 1...4 {
            try await bench.settle { bench.count("asks_parked") == value }
            let question = try #require(try records(bench).last { $0.status == .pending })
            try vote(bench, question, "approved")
            #expect(try await bench.outcomes(1) == ["a=\(value)"])
        }
    }

    @Test func `what is no decision is counted or a dead letter, and stops nothing`() async throws {
        let bench = try TaskBench(topology())
        try bench.feed("a", 5)
        try await bench.settle { bench.count("asks_parked") == 1 }
        let question = try #require(try records(bench).first)
        bench.send(Self.control, "x", headers: .none)
        bench.send(Self.control, nil, headers: ApprovalVote.headers(question.operation))
        bench.send(Self.control, "{\"verdict\":\"expired\"}", headers: ApprovalVote.headers(question.operation))
        bench.send(Self.control, "{\"verdict\":\"approved\"}", headers: ApprovalVote.headers("other"))
        try bench.settle()
        #expect(bench.take("app-dead-letters").count == 2)
        #expect(bench.count("decisions_dropped", reason: "not a decision") == 1)
        #expect(bench.count("decisions_dropped", reason: "not open") == 1)
        bench.send(Self.control, "{\"verdict\":\"approved\"}", headers: ApprovalVote.headers(question.operation))
        #expect(try await bench.outcomes(1) == ["a=5"])
    }

    @Test func `questions left open when their request ends are cancelled`() async throws {
        var options = AskOptions()
        options.takesApprovals = true
        let topology = try StreamTopology("app") { [options] in
            TaskBench.input.stream().mapAsync(named: "score", options: options) { value, context in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask { try await context.approval("go", ApprovalRequest("go?")).isApproved ? 1 : 0 }
                    group.addTask {
                        try await context.sleep(for: .seconds(10))
                        return value
                    }
                    defer { group.cancelAll() }
                    return try await group.next() ?? -1
                }
            }.texts().to(TaskBench.output)
        }
        let bench = try TaskBench(topology)
        try bench.feed("a", 5)
        try await bench.settle { bench.journalled(store: "steps") == 2 }
        bench.clock.advance(by: .seconds(10))
        #expect(try await bench.outcomes(1) == ["a=5"])
        #expect(try records(bench).map(\.status) == [.pending, .cancelled])
        #expect(bench.journalled(store: "steps") == 0)
    }

    @Test func `the headers of decisions are those of messages`() {
        #expect(ApprovalVote.kindHeader == MessageHeader.kind)
        #expect(ApprovalVote.idHeader == MessageHeader.id)
        #expect(ApprovalVote.headers("x")[MessageHeader.kind] == MessageKind.decision.rawValue)
    }
}
