import ChatModels
import JSON
import StreamCore

extension ReActAgent {
    /// A call that is checked and allowed, or why it is not made.
    private enum Plan {
        case call(Tool, JSONValue, note: String)
        case refuse(String)
    }

    /// Makes the calls of one answer, in its order, after people have agreed to all that need it.
    func act(_ calls: [ToolCall], _ context: any DurableContext) async throws -> [ChatMessage] {
        var plans: [Plan] = []
        for (index, call) in calls.enumerated() {
            guard index < options.maxCallsPerTurn else {
                plans.append(.refuse("at most \(options.maxCallsPerTurn) calls in one answer are made."))
                continue
            }
            plans.append(try await allow(plan(call), context))
        }
        var results: [ChatMessage] = []
        for (call, plan) in zip(calls, plans) {
            let outcome = try await carryOut(plan, call, context)
            results.append(.tool(outcome.text, for: call.id))
        }
        return results
    }

    private func plan(_ call: ToolCall) -> Plan {
        guard let tool = tools.first(where: { $0.declaration.name == call.name }) else {
            let names = tools.map { "'\($0.declaration.name)'" }.joined(separator: ", ")
            return .refuse("there is no tool '\(call.name)'; there is \(names.isEmpty ? "none" : names).")
        }
        let arguments: JSONValue
        do {
            // Models that have nothing to say leave the arguments empty.
            let isEmpty = call.arguments.allSatisfy(\.isWhitespace)
            arguments = isEmpty ? .object([]) : try JSONValue(parsing: call.arguments)
        } catch {
            return .refuse("its arguments are not JSON: \(error).")
        }
        if let mistake = mistake(in: arguments, of: tool) { return .refuse("its arguments are wrong. \(mistake)") }
        return .call(tool, arguments, note: "")
    }

    private func mistake(in arguments: JSONValue, of tool: Tool) -> String? {
        let violations = tool.declaration.parameters.violations(of: arguments)
        return violations.isEmpty ? tool.check(arguments) : violations.map(\.description).joined(separator: "\n")
    }

    /// Asks a person where the tool wants that.
    private func allow(_ plan: Plan, _ context: any DurableContext) async throws -> Plan {
        guard case .call(let tool, let arguments, _) = plan, tool.requiresApproval else { return plan }
        let title = tool.declaration.name
        let decision = try await context.approval(
            "\(name).approve \(title)",
            ApprovalRequest(
                "\(name) wants to call \(title): \(tool.declaration.description)", details: arguments.text,
                timeout: options.approvalTimeout))
        let reason = decision.reason.isEmpty ? "" : " (\(decision.reason))"
        switch decision.verdict {
        case .rejected: return .refuse("a person rejected it\(reason). Do not try it again.")
        case .expired: return .refuse("nobody decided in time whether it may be\(reason).")
        case .approved:
            guard let edited = decision.edited else { return plan }
            guard let new = try? JSONValue(parsing: edited) else {
                return .refuse("a person changed its arguments to something that is not JSON.")
            }
            if let mistake = mistake(in: new, of: tool) {
                return .refuse("a person changed its arguments, and they are wrong now. \(mistake)")
            }
            return .call(tool, new, note: "A person changed the arguments to \(new.text)\(reason). ")
        }
    }

    private func carryOut(
        _ plan: Plan, _ call: ToolCall, _ context: any DurableContext
    ) async throws -> ToolOutcome {
        switch plan {
        case .refuse(let reason):
            await observer?(.called(call, .refused(reason)))
            return .refused(reason)
        case .call(let tool, let arguments, let note):
            let outcome = try await perform(tool, arguments, call, context)
            guard !note.isEmpty, case .result(let text) = outcome else { return outcome }
            return .result(note + text)
        }
    }

    private func perform(
        _ tool: Tool, _ arguments: JSONValue, _ call: ToolCall, _ context: any DurableContext
    ) async throws -> ToolOutcome {
        let deadline = context.deadline
        let step = "\(name).\(tool.declaration.name) \(ToolText.digest(arguments))"
        do {
            return try await context.step(step, policy: tool.policy) { [observer] step in
                await observer?(.calling(call))
                let outcome = try await RunTrace.tool(call, key: step.idempotencyKey) {
                    try await tool.call(arguments, step, deadline: deadline)
                }
                await observer?(.called(call, outcome))
                return outcome
            }
        } catch let failure as StepFailure where failure.code == .interrupted {
            return .failed(
                "it was interrupted, and it is not known whether it was done; it is not done again.",
                isRetryable: false)
        }
    }
}
