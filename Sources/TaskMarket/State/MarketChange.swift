public import StreamCore

/// What can happen to a task.
public enum MarketChange: Sendable, Hashable, Codable {
    /// It was requested.
    case requested(TaskRequest, biddingEnds: Timestamp, deadline: Timestamp)
    /// A provider names a price, or none yet.
    case offered(provider: String, price: Double?, round: Int)
    /// The requester names another one.
    case countered(provider: String, price: Double)
    /// The requester agrees to a provider's price.
    case approved(provider: String, price: Double?)
    /// A provider takes it at a price that the requester has not agreed to yet.
    case held(provider: String, price: Double?)
    /// A provider, or the requester talking to it, gives up.
    case declined(provider: String, reason: String)
    /// A provider has it.
    case awarded(provider: String, price: Double?)
    /// An executor has it, until the lease ends.
    case claimed(executor: String, epoch: Int, leaseEnds: Timestamp)
    /// It keeps it for longer.
    case renewed(epoch: Int, leaseEnds: Timestamp)
    /// It has it no more; another may from `opensAt` on, under the next epoch.
    case released(epoch: Int, reason: String, opensAt: Timestamp)
    /// It may be claimed again.
    case reopened(epoch: Int)
    /// The work is done.
    case completed(executor: String, epoch: Int, result: String?)
    /// The work is not done, for good.
    case failed(reason: String)
    /// Nobody took it.
    case rejected(reason: String)
    /// Its time is over.
    case expired(reason: String)
    /// Its requester took it back.
    case cancelled(by: String)

    /// What happened, without the particulars.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case requested, offered, countered, approved, held, declined, awarded, claimed, renewed, released, reopened
        case completed, failed, rejected, expired, cancelled
    }

    /// What happened, without the particulars.
    public var kind: Kind {
        switch self {
        case .requested: .requested
        case .offered: .offered
        case .countered: .countered
        case .approved: .approved
        case .held: .held
        case .declined: .declined
        case .awarded: .awarded
        case .claimed: .claimed
        case .renewed: .renewed
        case .released: .released
        case .reopened: .reopened
        case .completed: .completed
        case .failed: .failed
        case .rejected: .rejected
        case .expired: .expired
        case .cancelled: .cancelled
        }
    }
}

extension MarketChange.Kind {
    /// The guard table: the status that a task has after this when it was `status` before, nil standing for a task that
    /// is not there; nil when this cannot happen then.
    public func status(after status: MarketStatus?) -> MarketStatus? {
        guard let status else { return self == .requested ? .pending : nil }
        switch (self, status) {
        case (.offered, .pending), (.offered, .negotiating), (.held, .pending), (.held, .negotiating),
            (.countered, .negotiating), (.approved, .negotiating), (.declined, .negotiating):
            return .negotiating
        case (.declined, .pending): return .pending
        case (.awarded, .pending), (.awarded, .negotiating), (.released, .running), (.reopened, .accepted):
            return .accepted
        case (.claimed, .accepted), (.renewed, .running): return .running
        case (.completed, .running): return .completed
        case (.failed, .running): return .failed
        case (.rejected, .pending), (.rejected, .negotiating): return .rejected
        case (.expired, _): return status.isTerminal ? nil : .expired
        case (.cancelled, _): return status.isTerminal ? nil : .cancelled
        default: return nil
        }
    }
}
