public import StreamCore

/// The state of one task: a value that only events change, each checked against the guard table.
public struct MarketTask: Sendable, Hashable, Codable {
    /// How many fingerprints of messages a task remembers, to know them when they come again.
    static let remembered = 64

    /// The version of this format: 1.
    public private(set) var format = 1
    /// What was asked.
    public let request: TaskRequest
    /// Where the task stands.
    public private(set) var status: MarketStatus
    /// The number of its last event.
    public private(set) var sequence: Int
    /// When its last event was.
    public private(set) var updated: Timestamp
    /// Until when the price may be talked about.
    public let biddingEnds: Timestamp
    /// When all must be over.
    public let deadline: Timestamp
    /// Who has bid, in order of their first words.
    public private(set) var bids: [MarketBid] = []
    /// Who has it; nil before the award.
    public private(set) var award: MarketAward?
    /// How far the work is; nil before the award.
    public private(set) var work: MarketWork?
    /// What came of it, in words; nil while it is open, and where there is nothing to say.
    public private(set) var outcome: String?
    /// Fingerprints of the messages that changed it, the last ones.
    public private(set) var seen: [String] = []

    /// The task that `event`, its first, makes.
    ///
    /// - Throws: ``MarketRefusal`` with `brokenHistory` when it is no first event.
    public init(_ event: MarketEvent) throws(MarketRefusal) {
        guard case .requested(let request, let biddingEnds, let deadline) = event.change, event.sequence == 1,
            event.from == nil, event.to == .pending, event.task == request.task
        else {
            throw MarketRefusal(.brokenHistory, event.task, "its history begins with \(event.change.kind.rawValue)")
        }
        self.request = request
        self.biddingEnds = biddingEnds
        self.deadline = deadline
        status = .pending
        sequence = 1
        updated = event.time
        remember(event.cause)
    }

    /// What it is called.
    public var name: String { request.task }

    /// The bid of `provider`; nil when it has made none.
    public func bid(of provider: String) -> MarketBid? { bids.first { $0.provider == provider } }

    /// Whether all providers that there are, if that is known, have declined.
    func isDeclinedByAll(_ providers: Int?) -> Bool {
        let open = bids.contains { $0.stage != .declined }
        return !open && !bids.isEmpty && providers.map { bids.count >= $0 } ?? false
    }

    /// When time alone changes it next; nil when it is over.
    public var nextDue: Timestamp? {
        switch status {
        case .pending, .negotiating: min(biddingEnds, deadline)
        case .accepted, .running:
            work.map { work in
                status == .running || !work.isOpen
                    ? min(Timestamp(milliseconds: work.until), deadline) : deadline
            } ?? deadline
        default: nil
        }
    }

    /// Applies `event`.
    ///
    /// - Throws: ``MarketRefusal`` with `brokenHistory` when the event does not follow from this state; nothing has changed then.
    public mutating func apply(_ event: MarketEvent) throws(MarketRefusal) {
        guard event.task == name, event.sequence == sequence + 1, event.from == status, event.time >= updated,
            event.change.kind.status(after: status) == event.to
        else {
            throw MarketRefusal(
                .brokenHistory, name,
                "event \(event.sequence), \(event.change.kind.rawValue) from \(event.from?.rawValue ?? "nothing") to \(event.to.rawValue), cannot follow event \(sequence) that left it \(status.rawValue)"
            )
        }
        try change(event.change)
        status = event.to
        sequence = event.sequence
        updated = event.time
        remember(event.cause)
    }

    private mutating func remember(_ cause: String?) {
        guard let cause, seen.last != cause else { return }
        seen.append(cause)
        if seen.count > Self.remembered { seen.removeFirst(seen.count - Self.remembered) }
    }

    private func broken(_ reason: String) -> MarketRefusal { MarketRefusal(.brokenHistory, name, reason) }

    private mutating func change(_ change: MarketChange) throws(MarketRefusal) {
        switch change {
        case .requested: throw broken("it is requested twice")
        case .offered(let provider, let price, let round):
            setBid(provider, .offered, price: price) { $0.rounds = round }
        case .countered(let provider, let price): setBid(provider, .countered, price: price)
        case .approved(let provider, let price): setBid(provider, .approved, price: price)
        case .held(let provider, let price): setBid(provider, .held, price: price)
        case .declined(let provider, _): setBid(provider, .declined, price: nil)
        case .awarded(let provider, let price):
            guard award == nil else { throw broken("it is awarded twice") }
            award = MarketAward(provider: provider, price: price)
            work = MarketWork(epoch: 1, executor: nil, until: 0, isOpen: true, attempts: 0)
        case .claimed(let executor, let epoch, let leaseEnds):
            try changeWork(epoch) { work in
                guard work.isOpen, work.executor == nil else { return false }
                work.executor = executor
                work.until = leaseEnds.milliseconds
                work.isOpen = false
                work.attempts += 1
                return true
            }
        case .renewed(let epoch, let leaseEnds): try changeWork(epoch) { $0.renew(until: leaseEnds) }
        case .released(let epoch, _, let opensAt):
            try changeWork(epoch) { work in
                work.epoch += 1
                work.executor = nil
                work.until = opensAt.milliseconds
                work.isOpen = false
                return true
            }
        case .reopened(let epoch): try changeWork(epoch) { $0.open() }
        case .completed(let executor, let epoch, let result):
            try changeWork(epoch) { $0.executor == executor }
            outcome = result
        case .failed(let reason), .rejected(let reason), .expired(let reason): outcome = reason
        case .cancelled(let requester): outcome = "cancelled by \(requester)"
        }
    }

    private mutating func setBid(
        _ provider: String, _ stage: MarketBid.Stage, price: Double?, _ more: (inout MarketBid) -> Void = { _ in }
    ) {
        let index = bids.firstIndex { $0.provider == provider } ?? bids.endIndex
        if index == bids.endIndex { bids.append(MarketBid(provider: provider, stage: stage, price: price, rounds: 0)) }
        bids[index].stage = stage
        bids[index].price = price
        more(&bids[index])
    }

    private mutating func changeWork(
        _ epoch: Int, _ body: (inout MarketWork) -> Bool
    ) throws(MarketRefusal) {
        guard var work, work.epoch == epoch, body(&work) else {
            throw broken("its work is not at epoch \(epoch), or not as the event says")
        }
        self.work = work
    }
}

extension MarketWork {
    fileprivate mutating func renew(until: Timestamp) -> Bool {
        guard executor != nil else { return false }
        self.until = until.milliseconds
        return true
    }

    fileprivate mutating func open() -> Bool {
        guard executor == nil, !isOpen else { return false }
        isOpen = true
        return true
    }
}
