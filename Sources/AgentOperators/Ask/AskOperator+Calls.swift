import StateStores
import StreamCore
import Topology

// MARK: - Calls and what comes of them

extension AskOperator {
    /// Starts as many calls as slots and limits allow: one for each key, oldest first (rules 3 and 9).
    func startCalls(_ now: Timestamp) throws {
        guard !isLeaving else { return }
        admission = nil
        while queue.calling + marking < options.inFlight, let sequence = resumable.removeFirst() {
            if ledger.release(sequence) { unpark(sequence) }
        }
        while queue.calling + marking < options.inFlight, let sequence = queue.takeEligible() {
            guard let entry = queue.items[sequence]?.entry else { continue }
            if options.delivery == .atMostOnce {
                guard entry.startedBy == nil else {
                    try interrupted(sequence)
                    continue
                }
            }
            if let later = parts.limits.admit(now: now) {
                queue.putBack(sequence)
                admission = later
                break
            }
            if options.delivery == .atMostOnce { try mark(sequence, entry) } else { try call(sequence) }
        }
        hurry()
    }

    /// Commits the mark that the call starts before it starts (rule 6).
    private func mark(_ sequence: Int64, _ entry: AskEntry) throws {
        let marked = entry.started(by: writer)
        try parts.journal.put(sequence, marked, at: entry.timestamp)
        queue.mark(sequence, marked)
        marking += 1
        context.requestCommit()
    }

    func call(_ sequence: Int64) throws {
        guard let item = queue.items[sequence] else { return }
        let entry = item.entry
        do {
            let (key, request) = try decode(sequence, entry)
            if item.phase == .marking { marking -= 1 }
            let attempt = queue.begin(sequence)
            let call = nextCall
            nextCall += 1
            let channel = StepChannel(stepMailbox, sequence: sequence, call: call, deadline: item.deadline)
            let context = AskContext(
                idempotencyKey: entry.idempotencyKey, attempt: attempt, headers: headers(for: entry), steps: channel)
            self.context.count("asks_called", step: step)
            if begun[sequence] == nil { begun[sequence] = self.context.clock.now() }
            let trace = trace(of: entry)
            let running = try RunTrace.$current.withValue(trace) {
                try parts.start(key, request, context) { [mailbox] result in
                    mailbox.deliver(.init(sequence: sequence, call: call, result: result))
                }
            }
            calls[sequence] = Running(call: call, running: running, channel: channel, trace: trace)
        } catch {
            parts.limits.breaker?.withdraw(now: context.clock.now())
            try fail(sequence, .undeliverable, "the request cannot be given to the agent: \(error)")
        }
    }

    private func decode(_ sequence: Int64, _ entry: AskEntry) throws -> (key: Key, request: Request) {
        if let known = decoded[sequence] { return known }
        let both = (try parts.key.decode(entry.key), try parts.request.decode(entry.request))
        decoded[sequence] = both
        return both
    }

    /// Takes an answer that belongs to an open call; anything else is dropped and counted (rule 4).
    func accept(_ answer: AskMailbox<Reply>.Answer, _ now: Timestamp) throws {
        let sequence = answer.sequence
        guard calls[sequence]?.call == answer.call, queue.items[sequence] != nil else {
            if suspended.remove(answer.call) == nil { context.count("asks_dropped", step: step, reason: "late answer") }
            return
        }
        takeSpans(of: sequence)
        calls[sequence] = nil
        switch answer.result {
        case .success(let reply):
            parts.limits.breaker?.note(success: true, now: now)
            if let omission = ledger.omission(sequence, call: answer.call) {
                return try fail(sequence, .changed, omission)
            }
            try conclude(sequence, .success(reply), reason: "answered")
        case .failure(let error):
            // A target that refuses a request works: only what may pass by itself speaks against it.
            parts.limits.breaker?.note(success: isFinal(error), now: now)
            try failed(sequence, error, now)
        }
    }

    private func failed(_ sequence: Int64, _ error: any Error, _ now: Timestamp) throws {
        guard let item = queue.items[sequence] else { return }
        let isFinal = isFinal(error)
        let pause = max(
            options.retry.pause(after: item.attempts, random: Double.random(in: 0..<1, using: &random)),
            (error as? any AskRetryable)?.retryAfter ?? .zero)
        let mayRetry = !isFinal && options.delivery != .atMostOnce && item.attempts < options.retry.attempts
        if mayRetry, now + pause < item.deadline {
            ledger.drop(sequence)
            queue.pause(sequence, until: now + pause)
            return context.count("asks_retried", step: step)
        }
        if let failure = error as? StepFailure { return try fail(sequence, failure.outcome, "\(failure)") }
        let code: AgentFailure.Code = isFinal ? .refused : mayRetry ? .timedOut : .failed
        let failure = AgentFailure(
            code, of: error, attempts: item.attempts, idempotencyKey: item.entry.idempotencyKey)
        try conclude(sequence, .failure(failure), reason: code.rawValue)
    }

    /// Whether another try would not help; what others answered to this handler is in its journal, and stays the same.
    private func isFinal(_ error: any Error) -> Bool {
        error is AgentFailure || (error as? any AskRetryable)?.isRetryable == false
    }

    /// Gives up a request whose deadline is over; only its owner does, in its own commit (rule 5).
    func expire(_ sequence: Int64) throws {
        guard let item = queue.items[sequence] else { return }
        if item.phase == .calling {
            calls.removeValue(forKey: sequence)?.running.cancel()
            parts.limits.breaker?.note(success: false, now: context.clock.now())
        } else if item.phase == .ready, options.delivery == .atMostOnce, item.entry.startedBy != nil {
            return try interrupted(sequence)
        }
        let words = item.deadline == item.entry.deadline ? "no answer within \(options.timeout)" : "no answer in time"
        try fail(sequence, .timedOut, words)
    }

    private func interrupted(_ sequence: Int64) throws {
        try fail(sequence, .interrupted, "its process ended while the call was under way; it is not made again")
    }

    /// Ends a request without an answer, and the call that is under way.
    func fail(_ sequence: Int64, _ code: AgentFailure.Code, _ message: String) throws {
        guard let item = queue.items[sequence] else { return }
        if item.phase == .marking { marking -= 1 }
        takeSpans(of: sequence)
        if let call = calls.removeValue(forKey: sequence) {
            call.running.cancel()
            if item.phase == .calling { parts.limits.breaker?.withdraw(now: context.clock.now()) }
        } else if item.phase == .marking {
            parts.limits.breaker?.withdraw(now: context.clock.now())
        }
        let failure = AgentFailure(
            code, message, attempts: item.attempts, idempotencyKey: item.entry.idempotencyKey)
        try conclude(sequence, .failure(failure), reason: code.rawValue)
    }
}

extension StepFailure {
    /// What the request's outcome is when its handler gives up for this.
    fileprivate var outcome: AgentFailure.Code {
        switch code {
        case .interrupted: .interrupted
        case .changed: .changed
        case .unreadable: .failed
        case .unkept: .refused
        }
    }
}
