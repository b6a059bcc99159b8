import StreamCore

extension MarketDecision {
    mutating func take(_ command: MarketCommand) throws(MarketRefusal) {
        guard let task else { throw MarketRefusal(.unknownTask, command.task, "no request for it has come") }
        switch command.action {
        case .claim: try claim(task, by: command.agent, epoch: command.epoch, lease: rules.lease)
        case .renew: try renew(task, by: command.agent, epoch: command.epoch)
        case .complete, .fail: try conclude(task, by: command.agent, epoch: command.epoch, command.action)
        case .cancel:
            guard command.agent == task.request.requester else {
                throw refused(.notTheRequester, "'\(command.agent)' did not request it")
            }
            if task.status == .cancelled { return noteDuplicate() }
            guard !task.status.isTerminal else { throw refused(.taskIsOver, "it is \(task.status.rawValue)") }
            try emit(.cancelled(by: command.agent))
        }
    }

    /// The work of an awarded task that is not over.
    private func work(of task: MarketTask) throws(MarketRefusal) -> MarketWork {
        if task.status.isTerminal { throw refused(.taskIsOver, "it is \(task.status.rawValue)") }
        guard let work = task.work else { throw refused(.notAwarded, "nobody was awarded it") }
        return work
    }

    mutating func claim(
        _ task: MarketTask, by executor: String, epoch: Int?, lease: Duration
    ) throws(MarketRefusal) {
        let work = try work(of: task)
        if let epoch, epoch != work.epoch {
            throw refused(.staleEpoch, "'\(executor)' claims epoch \(epoch), it is at \(work.epoch)")
        }
        if let holder = work.executor {
            guard holder == executor else { throw refused(.claimedByOther, "'\(holder)' has it, not '\(executor)'") }
            return noteDuplicate()
        }
        guard work.isOpen else { throw refused(.notOpen, "it waits after a failed try") }
        try emit(.claimed(executor: executor, epoch: work.epoch, leaseEnds: min(now + lease, task.deadline)))
    }

    /// The work, if `executor` has it under `epoch`.
    private func held(
        _ task: MarketTask, by executor: String, epoch: Int?
    ) throws(MarketRefusal) -> MarketWork {
        let work = try work(of: task)
        if let epoch, epoch != work.epoch {
            throw refused(.staleEpoch, "'\(executor)' works under epoch \(epoch), it is at \(work.epoch)")
        }
        guard let holder = work.executor else { throw refused(.notClaimed, "'\(executor)' has no claim") }
        guard holder == executor else { throw refused(.claimedByOther, "'\(holder)' has it, not '\(executor)'") }
        return work
    }

    private mutating func renew(_ task: MarketTask, by executor: String, epoch: Int) throws(MarketRefusal) {
        let work = try held(task, by: executor, epoch: epoch)
        let end = min(now + rules.lease, task.deadline)
        guard end.milliseconds > work.until else { return noteDuplicate() }
        try emit(.renewed(epoch: epoch, leaseEnds: end))
    }

    mutating func conclude(
        _ task: MarketTask, by executor: String, epoch: Int?, _ action: MarketCommand.Action
    ) throws(MarketRefusal) {
        let work = try held(task, by: executor, epoch: epoch)
        switch action {
        case .complete(let result):
            try emit(.completed(executor: executor, epoch: work.epoch, result: result))
        case .fail(let reason, let isRetryable):
            try emit(released(work, "'\(executor)': \(reason)", canRetry: isRetryable))
        default: break
        }
    }
}
