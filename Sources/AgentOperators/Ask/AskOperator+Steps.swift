import StateStores
import StreamCore
import Topology

// MARK: - What handlers do durably

extension AskOperator {
    /// Takes what a run asked, if it still counts.
    func take(_ message: StepMessage, _ now: Timestamp) throws {
        guard let call = calls[message.sequence], call.call == message.call,
            let item = queue.items[message.sequence]
        else {
            if case .left = message.ask { return }
            return context.count("steps_dropped", step: step, reason: "of a run that is over")
        }
        takeSpans(of: message.sequence)
        let request = StepLedger.Request(
            key: item.entry.idempotencyKey, deadline: item.deadline, isRepeated: item.isResumed || item.attempts > 1)
        try ledger.take(message, of: request, now: now)
        try perform(now)
    }

    /// Does what the ledger decided, within the transaction that holds it.
    func perform(_ now: Timestamp) throws {
        while !ledger.effects.isEmpty {
            let effects = ledger.effects
            ledger.effects.removeAll(keepingCapacity: true)
            for effect in effects { try perform(effect, now) }
        }
    }

    private func perform(_ effect: StepLedger.Effect, _ now: Timestamp) throws {
        switch effect {
        case .commit: context.requestCommit()
        case .idle(let sequence): park(sequence, now)
        case .unpark(let sequence): unpark(sequence)
        case .resume(let sequence): resumable.insert(sequence)
        case .rerun(let sequence): _ = queue.wake(sequence)
        case .moveDeadline(let sequence, let deadline): moveDeadline(sequence, deadline)
        case .changed(let sequence, let words): try fail(sequence, .changed, words)
        case .send(let key, let operation):
            let answer = try carryOut(key) { delegate, entry in try delegate.send(operation, for: entry) }
            if let answer, let answer { try ledger.answer(key, answer, now: now) }
        case .note(let key, let operation):
            _ = try carryOut(key) { delegate, entry in try delegate.note(operation, for: entry) }
        case .ended(let key, let operation, let answer):
            _ = try carryOut(key) { delegate, entry in try delegate.ended(operation, answer, for: entry) }
        }
    }

    private func carryOut<Result>(
        _ key: StepKey, _ body: (any StepDelegate, AskEntry) throws -> Result
    ) throws -> Result? {
        guard let delegate = parts.delegate, let entry = queue.items[key.sequence]?.entry else { return nil }
        return try context.resume(entry.record, from: entry.source) {
            context.headers = headers(for: entry)
            return try body(delegate, entry)
        }
    }

    /// A wait moved the request's deadline, or gave back what it did not need.
    func moveDeadline(_ sequence: Int64, _ deadline: Timestamp) {
        guard let item = queue.items[sequence] else { return }
        let deadline = max(item.entry.deadline, deadline)
        queue.move(sequence, to: deadline)
        calls[sequence]?.channel.deadline = deadline
    }

    // MARK: Slots

    /// A run that only waits gives its slot back and keeps its place in the line.
    private func park(_ sequence: Int64, _ now: Timestamp) {
        guard calls[sequence] != nil, ledger.parks(sequence) else { return }
        queue.park(sequence)
        // It may wait for days: a breaker's trial must be another call.
        parts.limits.breaker?.withdraw(now: now)
        context.count("asks_parked", step: step)
        // Under at most once there is no other call than this.
        guard options.delivery != .atMostOnce else { return }
        let until = now + options.steps.parkedFor
        calls[sequence]?.parkedUntil = until
        parked.insert(Due(moment: until, sequence: sequence))
    }

    func unpark(_ sequence: Int64) {
        queue.unpark(sequence)
        calls[sequence]?.parkedUntil = nil
    }

    /// Ends runs that have only waited for long: what they wait for runs their requests again.
    func suspendParked(_ now: Timestamp) {
        while let due = parked.first, due.moment <= now {
            _ = parked.removeFirst()
            guard let call = calls[due.sequence], call.parkedUntil == due.moment, ledger.suspend(due.sequence) else {
                continue
            }
            queue.suspend(due.sequence)
            takeSpans(of: due.sequence)
            calls[due.sequence] = nil
            decoded[due.sequence] = nil
            suspended.insert(call.call)
            call.running.cancel()
            context.count("asks_suspended", step: step)
        }
    }
}
