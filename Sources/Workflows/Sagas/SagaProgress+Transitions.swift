import AgentOperators
import StreamCore

extension SagaProgress {
    /// Takes an event; nil when it means nothing in this state, which then stays as it was.
    mutating func apply(_ event: SagaEvent, _ plan: SagaPlan, now: Timestamp) -> SagaMove? {
        switch (status, event) {
        case (.running, .begun): return begin(plan, now)
        case (.running, .succeeded(let step)):
            guard isAwaited(step, .running) else { return nil }
            return advance(past: step, plan, now)
        case (.running, .failed(let step, let failure)):
            guard isAwaited(step, .running) else { return nil }
            return fail(step, failure, plan, now)
        case (.compensating, .succeeded(let step)):
            guard isAwaited(step, .compensating) else { return nil }
            steps[step].state = .compensated
            return compensate(from: step - 1, plan, now)
        case (.compensating, .failed(let step, let failure)):
            guard isAwaited(step, .compensating) else { return nil }
            return pause(step, failure, plan, now)
        case (.running, .time), (.compensating, .time): return tick(plan, now)
        case (.stuck, .resolved(let resolution)): return resolve(resolution, plan, now)
        case (.running, .resolved), (.compensating, .resolved), (.compensating, .begun), (.stuck, _),
            (.completed, _), (.compensated, _), (.abandoned, _):
            return nil
        }
    }

    /// Whether the outcome of a call to `step` is waited for in this direction.
    private func isAwaited(_ step: Int, _ state: SagaStepState) -> Bool {
        current == step && answerBy != nil && steps.indices.contains(step) && steps[step].state == state
    }

    private mutating func begin(_ plan: SagaPlan, _ now: Timestamp) -> SagaMove? {
        guard current == nil, endedAt == nil else { return nil }
        guard now < deadline else {
            expire()
            return compensate(from: -1, plan, now)
        }
        return call(0, .running, plan, now)
    }

    private mutating func advance(past step: Int, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove {
        steps[step].state = .done
        guard step + 1 < steps.count else { return end(.completed, now) }
        if now >= deadline, failure == nil { expire() }
        if failure != nil, !isBeyondReturn(plan) { return compensate(from: step, plan, now) }
        return call(step + 1, .running, plan, now)
    }

    private mutating func fail(_ step: Int, _ reason: AgentFailure, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove {
        let isUncertain = !reason.code.excludesEffect
        if isBeyondReturn(plan) || (plan.steps[step].isPivot && isUncertain) { return pause(step, reason, plan, now) }
        steps[step].state = isUncertain ? .uncertain : .failed
        steps[step].failure = reason
        failure = failure ?? reason
        return compensate(from: step, plan, now)
    }

    /// Undoes the last of the first steps that may have had an effect; ends when there is none.
    private mutating func compensate(from last: Int, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove {
        status = .compensating
        for step in steps.indices.prefix(last + 1).reversed() where plan.steps[step].hasCompensation {
            guard steps[step].state == .done || steps[step].state == .uncertain else { continue }
            steps[step].wasUncertain = steps[step].state == .uncertain
            steps[step].attempts = 0
            return call(step, .compensating, plan, now)
        }
        return end(.compensated, now)
    }

    /// Tries a step again that must end well: one that is undone, or one beyond the point of no return.
    private mutating func pause(_ step: Int, _ reason: AgentFailure, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove {
        steps[step].failure = reason
        answerBy = nil
        guard reason.isRetryable, steps[step].attempts < plan.retry.attempts else {
            status = .stuck
            failure = failure ?? reason
            return .keep
        }
        retryAt = now + plan.retry.pause(after: steps[step].attempts)
        return .keep
    }

    private mutating func tick(_ plan: SagaPlan, _ now: Timestamp) -> SagaMove? {
        if let retryAt, now >= retryAt, let current { return call(current, steps[current].state, plan, now) }
        if let answerBy, now >= answerBy, let current {
            let lost = AgentFailure(
                .timedOut, "step '\(steps[current].name)' has no outcome: see the dead letters",
                attempts: steps[current].attempts, idempotencyKey: "")
            return apply(.failed(current, lost), plan, now: now)
        }
        guard status == .running, now >= deadline, failure == nil, !isBeyondReturn(plan) else { return nil }
        // The step at work ends by itself: undoing it before would not know what it has done.
        expire()
        return .keep
    }

    private mutating func resolve(_ resolution: SagaResolution, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove? {
        guard let step = current else { return nil }
        let isUndoing = steps[step].state == .compensating
        status = isUndoing ? .compensating : .running
        switch resolution {
        case .retry:
            steps[step].attempts = 0
            return call(step, steps[step].state, plan, now)
        case .settle:
            if !isUndoing { return advance(past: step, plan, now) }
            steps[step].state = .compensated
            return compensate(from: step - 1, plan, now)
        case .abandon: return end(.abandoned, now)
        }
    }

    private mutating func call(_ step: Int, _ state: SagaStepState, _ plan: SagaPlan, _ now: Timestamp) -> SagaMove {
        current = step
        steps[step].state = state
        steps[step].attempts += 1
        retryAt = nil
        answerBy = now + plan.steps[step].timeout + SagaPlan.grace
        return state == .compensating ? .compensate(step) : .perform(step)
    }

    private mutating func end(_ end: SagaStatus, _ now: Timestamp) -> SagaMove {
        status = end
        if end != .abandoned { current = nil }
        (answerBy, retryAt, endedAt) = (nil, nil, now)
        return .keep
    }

    private mutating func expire() {
        failure = AgentFailure(
            .timedOut, "the saga's deadline has passed", attempts: 0, idempotencyKey: "", isRetryable: false)
    }

    /// Whether a step that cannot be undone is done: then there is only the way on.
    private func isBeyondReturn(_ plan: SagaPlan) -> Bool {
        zip(steps, plan.steps).contains { $0.state == .done && $1.isPivot }
    }
}

extension AgentFailure.Code {
    /// Whether a request that ended so has had no effect, and will have none.
    var excludesEffect: Bool {
        switch self {
        case .refused, .undeliverable: true
        case .timedOut, .failed, .interrupted, .cancelled, .incomplete, .changed: false
        }
    }
}

extension RetryPolicy {
    /// The wait after try number `attempt`, without chance: sagas wait each for themselves.
    func pause(after attempt: Int) -> Duration {
        let doubled = Double(first.milliseconds) * Double(1 << min(max(0, attempt - 1), 30))
        return .milliseconds(Int64(min(doubled, Double(longest.milliseconds), 1e15)))
    }
}
