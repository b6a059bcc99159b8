import StreamCore

extension Market {
    /// What everybody is told of `event`, if anything, after it `task` being so.
    func announcement(of event: MarketEvent, about task: MarketTask) -> TaskResponse? {
        let (price, message): (Double?, String?)
        switch event.change {
        case .awarded(let provider, let agreed): (price, message) = (agreed, "awarded to \(provider)")
        case .claimed(let executor, let epoch, _): (price, message) = (nil, "claimed by \(executor), epoch \(epoch)")
        case .completed(let executor, _, let result): (price, message) = (task.award?.price, result ?? "by \(executor)")
        case .failed(let reason), .rejected(let reason), .expired(let reason): (price, message) = (nil, reason)
        case .cancelled(let requester): (price, message) = (nil, "cancelled by \(requester)")
        default: return nil
        }
        return TaskResponse(
            event.task, responder: name, status(event.to, of: task), counterOffer: price, message: message,
            timestamp: event.time.milliseconds)
    }

    /// `status` as the format can write it.
    private func status(_ status: MarketStatus, of task: MarketTask) -> MarketStatus {
        status.isOriginal || format.hasAllStatuses ? status : task.award == nil ? .rejected : .failed
    }

    /// What executors are told of `event`, if anything.
    package func notice(of event: MarketEvent, about task: MarketTask) -> WorkNotice? {
        guard let award = task.award else { return nil }
        func order(_ epoch: Int) -> WorkOrder {
            WorkOrder(
                task: task.name, epoch: epoch, requester: task.request.requester, provider: award.provider,
                description: task.request.description, price: award.price, priority: task.request.priority,
                deadline: task.deadline)
        }
        switch event.change {
        case .awarded: return WorkNotice(.open, order(1))
        case .reopened(let epoch): return WorkNotice(.open, order(epoch))
        case .claimed(let executor, let epoch, let leaseEnds):
            return WorkNotice(.granted(executor: executor, until: leaseEnds), order(epoch))
        case .released(let epoch, _, _), .completed(_, let epoch, _): return WorkNotice(.closed, order(epoch))
        case .failed, .expired, .cancelled: return WorkNotice(.closed, order(task.work?.epoch ?? 1))
        default: return nil
        }
    }
}
