import AgentOperators
import ChatModels
import JSON
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// An account that money is taken from, and what it was asked.
final class Account: Sendable {
    private let state = Mutex<(charges: [String: Double], calls: Int)>(([:], 0))

    var charged: [Double] { state.withLock { $0.charges.values.sorted() } }
    var calls: Int { state.withLock { $0.calls } }

    /// A target that knows repetitions by their key.
    func charge(_ amount: Double, _ key: String) {
        state.withLock { state in
            state.calls += 1
            state.charges[key] = amount
        }
    }

    func isCharged(_ key: String) -> Bool { state.withLock { $0.charges[key] != nil } }
}

struct Charge: Codable, Sendable {
    let amount: Double
}

func chargeTool(
    _ account: Account, policy: StepPolicy<String> = .idempotent, requiresApproval: Bool = false
) -> Tool {
    Tool(
        "charge", "Charges an account.", parameters: .object(["amount": .number(minimum: 0)]), policy: policy,
        requiresApproval: requiresApproval
    ) { (charge: Charge, context: ToolContext) in
        account.charge(charge.amount, context.idempotencyKey)
        return "charged \(charge.amount)"
    }
}

private func call(_ id: String, _ name: String, _ arguments: String) -> ToolCall {
    ToolCall(id: id, name: name, arguments: arguments)
}

@Suite("ReActAgent", .timeLimit(.minutes(15)))
struct ReActAgentTests {
    @Test func `the model acts, is told what came of it, and answers`() async throws {
        let server = try ScriptedModelServer(turns: [
            .toolCalls(
                [call("c1", "charge", #"{"amount":3}"#), call("c2", "weather", #"{"city":"Bonn"}"#)],
                usage: TokenUsage(input: 10, output: 5)),
            .answer("done", usage: TokenUsage(input: 20, output: 1)),
        ])
        struct City: Codable { let city: String }
        struct Weather: Codable { let degrees: Int }
        let account = Account()
        let weather = Tool(
            "weather", "Tells the weather.", parameters: .object(["city": .string()]), policy: .pure
        ) { (_: City, _) in Weather(degrees: 21) }
        let agent = ReActAgent(
            "support", model: server.model(), instructions: "be kind", tools: [chargeTool(account), weather],
            options: .init(temperature: 0))
        let answer = try await agent.run("pay", in: MemoryJournal().run())
        #expect(answer.text == "done")
        #expect(answer.turns == 2)
        #expect(answer.usage == TokenUsage(input: 30, output: 6))
        #expect(account.charged == [3])
        #expect(answer.messages.map(\.role) == [.assistant, .tool, .tool, .assistant])
        let second = try #require(server.requests.last)
        #expect(
            second.conversation == [
                "system: be kind", "user: pay", "assistant: ", "tool: charged 3.0", #"tool: {"degrees":21}"#,
            ])
        let keys = server.requests.map { $0.idempotencyKey ?? "" }
        #expect(Set(keys).count == 2)
        #expect(keys.allSatisfy { $0.hasPrefix("request-1/support.model") })
    }

    @Test func `a process that dies anywhere does nothing twice and asks nothing twice`() async throws {
        @Sendable func script(_ request: ScriptedRequest) -> ScriptedTurn {
            let results = request.conversation.count { $0.hasPrefix("tool:") }
            return results < 3
                ? .toolCalls([call("c\(results)", "charge", #"{"amount":\#(results + 1)}"#)]) : .answer("done")
        }
        let clean = MemoryJournal()
        let server = try ScriptedModelServer(script: script)
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(Account())])
        _ = try await agent.run("pay", in: clean.run())
        let places = clean.places
        #expect(places == 7 * 4)
        for place in 0..<places {
            let account = Account()
            let reconciled = Account()
            for tool in [
                chargeTool(account),
                chargeTool(
                    reconciled, policy: .reconcile { reconciled.isCharged($0.idempotencyKey) ? "charged" : nil }),
            ] {
                let journal = MemoryJournal()
                let agent = ReActAgent("a", model: server.model(), tools: [tool])
                await #expect(throws: MemoryJournal.Crash.self) {
                    try await agent.run("pay", in: journal.run(crashAt: place))
                }
                #expect(try await agent.run("pay", in: journal.run()).text == "done")
            }
            #expect(account.charged == [1, 2, 3], "died at \(place)")
            #expect(reconciled.charged == [1, 2, 3], "died at \(place)")
            #expect(reconciled.calls == 3, "died at \(place)")
        }
        // Whatever is asked again after a crash is asked under the same key.
        let byConversation = Dictionary(grouping: server.requests) { $0.conversation }
        for requests in byConversation.values { #expect(Set(requests.map(\.idempotencyKey)).count == 1) }
    }

    @Test func `a call that must happen at most once is told to be in doubt, not made again`() async throws {
        let server = try ScriptedModelServer { request in
            request.lastText == "pay"
                ? .toolCalls([call("c", "charge", #"{"amount":1}"#)]) : .answer(request.lastText)
        }
        var inDoubt = 0
        for place in 0..<12 {
            let account = Account()
            let journal = MemoryJournal()
            let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(account, policy: .atMostOnce)])
            await #expect(throws: MemoryJournal.Crash.self) {
                try await agent.run("pay", in: journal.run(crashAt: place))
            }
            let answer = try await agent.run("pay", in: journal.run())
            #expect(account.calls <= 1)
            if answer.text.contains("not known whether it was done") {
                inDoubt += 1
            } else {
                #expect(account.calls == 1)
            }
        }
        #expect(inDoubt == 2)
    }

    @Test func `calls that cannot be made are told to the model, and nothing is done`() async throws {
        let server = try ScriptedModelServer(turns: [
            .toolCalls([
                call("1", "refund", "{}"), call("2", "charge", "{"), call("3", "charge", #"{"amount":-1}"#),
                call("4", "charge", ""), call("5", "charge", #"{"amount":1,"more":2}"#), call("", "charge", "[]"),
            ]), .answer("sorry"),
        ])
        let account = Account()
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(account)])
        let answer = try await agent.run("pay", in: MemoryJournal().run())
        #expect(answer.text == "sorry")
        #expect(account.calls == 0)
        let told = answer.messages.filter { $0.role == .tool }
        #expect(told.map(\.toolCallID) == ["1", "2", "3", "4", "5", "call-1-5"])
        #expect(told[0].content.contains("there is no tool 'refund'; there is 'charge'"))
        #expect(told[1].content.contains("not JSON"))
        #expect(told[2].content.contains("/amount: expected at least 0.0, found -1.0"))
        #expect(told[3].content.contains("expected a member 'amount'"))
        #expect(told[4].content.contains("/more: expected no member of this name"))
        #expect(told[5].content.contains("expected object, found array"))
    }

    @Test func `a tool's failure goes to the model, with whether another try can help`() async throws {
        let server = try ScriptedModelServer(turns: [
            .toolCalls([call("1", "busy", "{}"), call("2", "bad", "{}"), call("3", "plain", "{}")]), .answer("ok"),
        ])
        struct Nothing: Codable {}
        struct Oops: Error {}
        let tries = Mutex(0)
        let busy = Tool(
            "busy", "", parameters: .object([:]),
            retry: RetryPolicy(attempts: 3, first: .milliseconds(1), longest: .milliseconds(1))
        ) { (_: Nothing, _) -> String in
            tries.withLock { $0 += 1 }
            throw Busy()
        }
        let bad = Tool("bad", "", parameters: .object([:])) { (_: Nothing, _) -> String in throw Bad() }
        let plain = Tool("plain", "", parameters: .object([:])) { (_: Nothing, _) -> String in throw Oops() }
        let agent = ReActAgent("a", model: server.model(), tools: [busy, bad, plain])
        let journal = MemoryJournal()
        let answer = try await agent.run("go", in: journal.run())
        let told = answer.messages.filter { $0.role == .tool }.map(\.content)
        #expect(told[0].hasPrefix("The tool failed:") && told[0].hasSuffix("may succeed later."))
        #expect(told[1].hasSuffix("will fail again."))
        #expect(told[2].contains("Oops"))
        #expect(tries.withLock { $0 } == 3)
        _ = try await agent.run("go", in: journal.run())
        #expect(tries.withLock { $0 } == 3, "a failure that the model was told is a result, and journalled")
    }

    @Test func `a person approves, edits, rejects or does not answer`() async throws {
        let server = try ScriptedModelServer { request in
            request.lastText == "pay"
                ? .toolCalls([call("c", "charge", #"{"amount":100}"#)]) : .answer(request.lastText)
        }
        func run(_ decision: ApprovalDecision) async throws -> (String, [Double], MemoryJournal) {
            let account = Account()
            let journal = MemoryJournal(decisions: [decision])
            let agent = ReActAgent(
                "a", model: server.model(), tools: [chargeTool(account, requiresApproval: true)],
                options: .init(approvalTimeout: .days(3)))
            let first = try await agent.run("pay", in: journal.run()).text
            #expect(try await agent.run("pay", in: journal.run()).text == first)
            #expect(journal.asked.count == 1)
            return (first, account.charged, journal)
        }
        let approved = try await run(ApprovalDecision(.approved, by: "ann"))
        #expect(approved.0 == "charged 100.0")
        #expect(approved.1 == [100])
        #expect(approved.2.asked.first?.details == #"{"amount":100}"#)
        #expect(approved.2.asked.first?.timeoutMilliseconds == 259_200_000)
        let edited = try await run(ApprovalDecision(.approved, by: "ann", edited: #"{"amount":10}"#))
        #expect(edited.0.contains(#"changed the arguments to {"amount":10}"#))
        #expect(edited.1 == [10])
        let rejected = try await run(ApprovalDecision(.rejected, by: "bob", reason: "too much"))
        #expect(rejected.0.contains("a person rejected it (too much)"))
        #expect(rejected.1 == [])
        let wrong = try await run(ApprovalDecision(.approved, edited: #"{"amount":"x"}"#))
        #expect(wrong.0.contains("changed its arguments, and they are wrong now"))
        #expect(wrong.1 == [])
        let expired = try await run(ApprovalDecision(.expired))
        #expect(expired.0.contains("nobody decided in time"))
        #expect(expired.1 == [])
    }

    @Test func `nothing of an answer is done before all that needs approval has it`() async throws {
        let server = try ScriptedModelServer(turns: [
            .toolCalls([call("1", "log", "{}"), call("2", "charge", #"{"amount":1}"#)]), .answer("ok"),
        ])
        struct Nothing: Codable {}
        let journal = MemoryJournal(decisions: [ApprovalDecision(.approved)])
        let order = Mutex<[Int]>([])
        let log = Tool("log", "", parameters: .object([:])) { (_: Nothing, _) in
            order.withLock { $0.append(journal.asked.count) }
            return "logged"
        }
        let agent = ReActAgent("a", model: server.model(), tools: [log, chargeTool(Account(), requiresApproval: true)])
        _ = try await agent.run("go", in: journal.run())
        #expect(order.withLock { $0 } == [1])
    }

    @Test func `a model that never stops wanting tools is stopped`() async throws {
        let server = try ScriptedModelServer { _ in .toolCalls([call("c", "charge", #"{"amount":1}"#)]) }
        let account = Account()
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(account)], options: .init(maxTurns: 4))
        let failure = await #expect(throws: ReActFailure.self) {
            try await agent.run("go", in: MemoryJournal().run())
        }
        #expect(failure?.code == .turnsExhausted)
        #expect(failure?.isRetryable == false)
        #expect(server.count == 4)
        // The same call with the same arguments, wanted again, is another call.
        #expect(account.charged == [1, 1, 1, 1])
    }

    @Test func `a hundred calls in one answer are not all made`() async throws {
        let calls = (0..<100).map { call("c\($0)", "charge", #"{"amount":\#($0)}"#) }
        let server = try ScriptedModelServer(turns: [.toolCalls(calls), .answer("ok")])
        let account = Account()
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(account)])
        let answer = try await agent.run("go", in: MemoryJournal().run())
        #expect(account.calls == 16)
        #expect(answer.messages.count { $0.role == .tool } == 100)
    }

    @Test func `deltas are seen while they come, and not again from the journal`() async throws {
        let server = try ScriptedModelServer(turns: [
            .toolCalls([call("c", "charge", #"{"amount":1}"#)]), .answer("all is paid"),
        ])
        let seen = Mutex<[ReActEvent]>([])
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(Account())])
            .observed { event in seen.withLock { $0.append(event) } }
        let journal = MemoryJournal()
        #expect(try await agent.run("go", in: journal.run()).text == "all is paid")
        let events = seen.withLock { $0 }
        let text = events.map { if case .delta(2, .text(let more)) = $0 { more } else { "" } }.joined()
        #expect(text == "all is paid")
        #expect(events.contains(.called(call("c", "charge", #"{"amount":1}"#), .result("charged 1.0"))))
        _ = try await agent.run("go", in: journal.run())
        #expect(seen.withLock { $0.count } == events.count)
    }

    @Test func `a model that fails journals nothing and is asked again by the next run`() async throws {
        let server = try ScriptedModelServer(turns: [.failure(500), .answer("ok")])
        let agent = ReActAgent("a", model: server.model())
        let journal = MemoryJournal()
        await #expect(throws: ChatModelError.self) { try await agent.run("go", in: journal.run()) }
        #expect(try await agent.run("go", in: journal.run()).text == "ok")
        #expect(Set(server.requests.map(\.idempotencyKey)).count == 1)
    }

    @Test func `agent and tenant pay for what a run uses`() async throws {
        let server = try ScriptedModelServer { _ in .answer("ok", usage: TokenUsage(input: 30, output: 12)) }
        let budget = Budget("total", .tokens(80), per: .total)
        let ledger = BudgetLedger(writer: "w") { _ in [budget] }
        let model = LimitedChatModel(server.model(), .init(budgets: ledger))
        let agent = ReActAgent("support", model: model, options: .init(accounts: ["agent/support"]))
        let journal = MemoryJournal()
        _ = try await agent.run("go", in: journal.run(), accounts: ["tenant/acme"])
        _ = try await agent.run("go", in: journal.run(), accounts: ["tenant/acme"])
        let now = Timestamp(milliseconds: 0)
        #expect(ledger.spent("tenant/acme", budget, now: now).tokens == 42, "what the journal holds is not paid again")
        _ = try await agent.run("more", in: MemoryJournal().run(), accounts: ["tenant/other"])
        let error = await #expect(throws: ChatModelError.self) {
            try await agent.run("more", in: MemoryJournal().run(), accounts: ["tenant/other"])
        }
        #expect(error?.code == .budgetExceeded)
        #expect(error?.message.contains("agent/support") == true)
    }

    @Test func `what a provider holds back is a failure that stays`() async throws {
        let server = try ScriptedModelServer { _ in .answer("", finish: .contentFilter) }
        let agent = ReActAgent("a", model: server.model())
        let error = await #expect(throws: ChatModelError.self) {
            try await agent.run("go", in: MemoryJournal().run())
        }
        #expect(error?.code == .contentFilter)
        #expect(error?.isRetryable == false)
    }

    @Test func `without a journal nobody can be asked, and the rest works`() async throws {
        let server = try ScriptedModelServer { request in
            request.lastText == "pay" ? .toolCalls([call("c", "charge", #"{"amount":1}"#)]) : .answer("ok")
        }
        let context = AskContext(idempotencyKey: "k", attempt: 1, deadline: .latest, headers: .none)
        let agent = ReActAgent("a", model: server.model(), tools: [chargeTool(Account())])
        #expect(try await agent.handle([.user("pay")], context).text == "ok")
        let asking = ReActAgent("a", model: server.model(), tools: [chargeTool(Account(), requiresApproval: true)])
        let failure = await #expect(throws: StepFailure.self) { try await asking.handle([.user("pay")], context) }
        #expect(failure?.code == .unkept)
    }
}
