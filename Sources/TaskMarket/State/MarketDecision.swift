public import StreamCore

/// What a message, or time, does to a task: the pure heart of a market.
///
/// A value: it is made of the state at hand, says what happens, and has the state that follows. Nothing is applied that the
/// guard table does not allow.
public struct MarketDecision: Sendable, Hashable {
    /// The task after it; nil when there is none.
    public private(set) var task: MarketTask?
    /// What happens, in order.
    public private(set) var events: [MarketEvent] = []
    /// Why the message changes nothing; nil when it does, or when it is a duplicate.
    public private(set) var refusal: MarketRefusal?
    /// Whether the message was known, or says what is so anyway.
    public private(set) var isDuplicate = false

    let rules: MarketRules
    let now: Timestamp
    /// Leases end no sooner than this, whatever they say: what was to renew them may not have been read yet.
    let leasesHold: Timestamp
    private var cause: String?

    /// What time does to `task`.
    ///
    /// - Parameters:
    ///   - task: the state at hand; nil when there is none.
    ///   - now: the time of day; one before the task's last event counts as that.
    ///   - rules: what holds.
    ///   - leasesHold: leases end no sooner than this.
    public init(
        of task: MarketTask?, at now: Timestamp, _ rules: MarketRules,
        leasesHold: Timestamp = Timestamp(milliseconds: .min)
    ) {
        self.task = task
        self.rules = rules
        self.now = max(now, task?.updated ?? now)
        self.leasesHold = leasesHold
        passTime()
    }

    /// What time and then `input` do to `task`.
    ///
    /// - Parameters:
    ///   - input: the message.
    ///   - task: the state at hand; nil when there is none.
    ///   - now: the time of day; one before the task's last event counts as that.
    ///   - rules: what holds.
    ///   - leasesHold: leases end no sooner than this.
    public init(
        on input: MarketInput, of task: MarketTask?, at now: Timestamp, _ rules: MarketRules,
        leasesHold: Timestamp = Timestamp(milliseconds: .min)
    ) {
        self.init(of: task, at: now, rules, leasesHold: leasesHold)
        let fingerprint = input.fingerprint
        if self.task?.seen.contains(fingerprint) == true {
            isDuplicate = true
            return
        }
        do throws(MarketRefusal) {
            if let mistake = input.mistake { throw mistake }
            cause = fingerprint
            switch input {
            case .request(let request): try take(request)
            case .response(let response): try take(response)
            case .negotiation(let message): try take(message)
            case .command(let command): try take(command)
            }
            cause = nil
            passTime()
        } catch {
            refusal = error
        }
    }

    // MARK: What the parts are made of

    func refused(_ code: MarketRefusal.Code, _ message: String) -> MarketRefusal {
        MarketRefusal(code, task?.name ?? "", message)
    }

    mutating func noteDuplicate() { isDuplicate = true }

    /// Applies `change`, or refuses it when the guard table does.
    mutating func emit(_ change: MarketChange) throws(MarketRefusal) {
        let from = task?.status
        guard let to = change.kind.status(after: from) else {
            throw refused(
                .notAllowed, "\(change.kind.rawValue) cannot happen while it is \(from?.rawValue ?? "unknown")")
        }
        let name: String
        if case .requested(let request, _, _) = change { name = request.task } else { name = task?.name ?? "" }
        let event = MarketEvent(
            name, (task?.sequence ?? 0) + 1, at: now, from: from, to: to, change, cause: cause)
        if var after = task {
            try after.apply(event)
            task = after
        } else {
            task = try MarketTask(event)
        }
        events.append(event)
    }

    /// What has become due.
    private mutating func passTime() {
        while let task, let due = task.nextDue, now >= due, let change = overdue(task) {
            do { try emit(change) } catch {
                refusal = refusal ?? error
                return
            }
        }
    }

    private func overdue(_ task: MarketTask) -> MarketChange? {
        if now >= task.deadline {
            return .expired(reason: "its deadline is over while it is \(task.status.rawValue)")
        }
        switch task.status {
        case .pending, .negotiating:
            let hasDeclined = !task.bids.isEmpty && task.bids.allSatisfy { $0.stage == .declined }
            return hasDeclined
                ? .rejected(reason: "all who answered declined")
                : .expired(reason: task.bids.isEmpty ? "nobody answered in time" : "no agreement in time")
        case .accepted: return task.work.map { .reopened(epoch: $0.epoch) }
        case .running:
            guard let work = task.work, now >= leasesHold else { return nil }
            return released(work, "the lease of '\(work.executor ?? "")' is over", canRetry: true)
        default: return nil
        }
    }

    /// What follows from a try that came to nothing.
    func released(_ work: MarketWork, _ reason: String, canRetry: Bool) -> MarketChange {
        guard canRetry, work.attempts < rules.attempts else {
            return .failed(reason: canRetry ? "\(reason), after \(work.attempts) tries" : reason)
        }
        return .released(epoch: work.epoch, reason: reason, opensAt: now + rules.retryPause)
    }
}
